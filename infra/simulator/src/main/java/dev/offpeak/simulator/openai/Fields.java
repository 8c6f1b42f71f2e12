package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the fields of a request and finds fault with them the way OpenAI does. A `null` counts as absent.
record Fields(JsonNode body) {

    void only(Set<String> known, boolean chat) throws Refused {
        for (String name : body.propertyNames()) {
            if (!known.contains(name)) {
                throw chat
                        ? OpenAiErrors.bad(null, null, "Unrecognized request argument supplied: " + name)
                        : OpenAiErrors.bad(name, "unknown_parameter", "Unknown parameter: '" + name + "'.");
            }
        }
    }

    boolean has(String name) {
        return Json.has(body, name);
    }

    String model() throws Refused {
        if (!has("model")) {
            throw OpenAiErrors.bad(null, null, "you must provide a model parameter");
        }
        String model = string("model");
        return model == null ? "" : model;
    }

    @Nullable String string(String name) throws Refused {
        if (!has(name)) {
            return null;
        }
        if (!body.path(name).isString()) {
            throw OpenAiErrors.wrongType(name, "a string", Json.typeOf(body.path(name)));
        }
        return body.path(name).stringValue();
    }

    @Nullable String oneOf(String name, Collection<String> allowed) throws Refused {
        String value = string(name);
        if (value != null && !allowed.contains(value)) {
            throw OpenAiErrors.notOneOf(name, value, allowed);
        }
        return value;
    }

    boolean flag(String name) throws Refused {
        if (!has(name)) {
            return false;
        }
        if (!body.path(name).isBoolean()) {
            throw OpenAiErrors.wrongType(name, "a boolean", Json.typeOf(body.path(name)));
        }
        return body.path(name).asBoolean();
    }

    @Nullable BigDecimal decimal(String name, String min, String max) throws Refused {
        if (!has(name)) {
            return null;
        }
        JsonNode value = body.path(name);
        if (!value.isNumber()) {
            throw OpenAiErrors.wrongType(name, "a decimal", Json.typeOf(value));
        }
        BigDecimal number = value.decimalValue();
        if (number.compareTo(new BigDecimal(max)) > 0) {
            throw OpenAiErrors.bad(
                    name,
                    "decimal_above_max_value",
                    "Invalid '" + name + "': decimal above maximum value. Expected a value <= " + max + ", but got "
                            + value + " instead.");
        }
        if (number.compareTo(new BigDecimal(min)) < 0) {
            throw OpenAiErrors.bad(
                    name,
                    "decimal_below_min_value",
                    "Invalid '" + name + "': decimal below minimum value. Expected a value >= " + min + ", but got "
                            + value + " instead.");
        }
        return number;
    }

    @Nullable Long integer(String name, long min, long max) throws Refused {
        if (!has(name)) {
            return null;
        }
        JsonNode value = body.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToLong()) {
            throw OpenAiErrors.wrongType(name, "an integer", Json.typeOf(value));
        }
        long number = value.asLong();
        if (number < min) {
            throw OpenAiErrors.bad(
                    name,
                    "integer_below_min_value",
                    "Invalid '" + name + "': integer below minimum value. Expected a value >= " + min + ", but got "
                            + number + " instead.");
        }
        if (number > max) {
            throw OpenAiErrors.bad(
                    name,
                    "integer_above_max_value",
                    "Invalid '" + name + "': integer above maximum value. Expected a value <= " + max + ", but got "
                            + number + " instead.");
        }
        return number;
    }

    @Nullable JsonNode object(String name) throws Refused {
        if (!has(name)) {
            return null;
        }
        if (!body.path(name).isObject()) {
            throw OpenAiErrors.wrongType(name, "an object", Json.typeOf(body.path(name)));
        }
        return body.path(name);
    }

    @Nullable JsonNode array(String name, String expected) throws Refused {
        if (!has(name)) {
            return null;
        }
        if (!body.path(name).isArray()) {
            throw OpenAiErrors.wrongType(name, expected, Json.typeOf(body.path(name)));
        }
        return body.path(name);
    }

    /// A string or up to four strings.
    List<String> stops() throws Refused {
        if (!has("stop")) {
            return List.of();
        }
        JsonNode stop = body.path("stop");
        if (stop.isString()) {
            return List.of(stop.stringValue());
        }
        if (!stop.isArray()) {
            throw OpenAiErrors.wrongType("stop", "a string or an array of strings", Json.typeOf(stop));
        }
        if (stop.size() > 4) {
            throw OpenAiErrors.bad(
                    "stop",
                    "array_above_max_length",
                    "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length "
                            + stop.size() + " instead.");
        }
        List<String> stops = new ArrayList<>();
        for (JsonNode one : stop) {
            if (!one.isString()) {
                throw OpenAiErrors.wrongType("stop[" + stops.size() + "]", "a string", Json.typeOf(one));
            }
            stops.add(one.stringValue());
        }
        return stops;
    }

    void metadata() throws Refused {
        JsonNode metadata = object("metadata");
        if (metadata == null) {
            return;
        }
        if (metadata.size() > 16) {
            throw OpenAiErrors.bad(
                    "metadata",
                    "object_above_max_properties",
                    "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an"
                            + " object with " + metadata.size() + " properties instead.");
        }
        for (var pair : metadata.properties()) {
            if (!pair.getValue().isString()) {
                throw OpenAiErrors.wrongType("metadata." + pair.getKey(), "a string", Json.typeOf(pair.getValue()));
            }
            if (pair.getKey().length() > 64 || pair.getValue().stringValue().length() > 512) {
                throw OpenAiErrors.bad(
                        "metadata",
                        "string_above_max_length",
                        "Invalid 'metadata': keys have at most 64 characters, values at most 512.");
            }
        }
    }
}
