package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An answer that the user of the simulator supplied for a prompt, and how the model is to end it.
public record CannedAnswer(String prompt, String answer, Finish finish) {
    /// Ways to end: normally, cut off, as a refusal with the answer as its words, with nothing said at all, or
    /// as a tool call with the answer as its arguments.
    public enum Finish {
        STOP,
        LENGTH,
        REFUSAL,
        EMPTY,
        TOOL;

        String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private static final Set<String> FIELDS = Set.of("prompt", "answer", "finish");

    /// Reads a row `{prompt, answer, finish?}`.
    public static CannedAnswer of(JsonNode row) throws BadSetting {
        if (!row.isObject()) {
            throw new BadSetting("", "invalid_value", "A row is an object, got " + Json.typeOf(row) + ".");
        }
        for (Map.Entry<String, JsonNode> field : row.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                throw new BadSetting(field.getKey(), "unknown_field", "Unknown field '" + field.getKey() + "'.");
            }
            if (!field.getValue().isString()) {
                throw new BadSetting(
                        field.getKey(),
                        "invalid_value",
                        "Invalid value for '" + field.getKey() + "': expected a string, got "
                                + Json.typeOf(field.getValue()) + ".");
            }
        }
        return new CannedAnswer(required(row, "prompt"), required(row, "answer"), finish(row));
    }

    ObjectNode json() {
        return Json.object().put("prompt", prompt).put("answer", answer).put("finish", finish.wire());
    }

    private static String required(JsonNode row, String field) throws BadSetting {
        String value = Json.string(row, field);
        if (value == null) {
            throw new BadSetting(field, "invalid_value", "Missing field '" + field + "'.");
        }
        return value;
    }

    private static Finish finish(JsonNode row) throws BadSetting {
        String wire = Json.string(row, "finish");
        if (wire == null) {
            return Finish.STOP;
        }
        return Arrays.stream(Finish.values())
                .filter(finish -> finish.wire().equals(wire))
                .findFirst()
                .orElseThrow(() -> new BadSetting(
                        "finish",
                        "invalid_value",
                        "Invalid value for 'finish': expected stop, length, refusal, empty or tool."));
    }
}
