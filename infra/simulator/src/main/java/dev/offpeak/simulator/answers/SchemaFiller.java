package dev.offpeak.simulator.answers;

import dev.offpeak.simulator.json.Json;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.DecimalNode;
import tools.jackson.databind.node.LongNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/// Makes a document that is valid for a JSON schema: types, `enum`, `const`, bounds, lengths, formats, `$ref`,
/// `anyOf`, `oneOf`, `allOf`. Patterns are only met by chance, as there is no such thing in the schemas that
/// providers take in strict mode.
final class SchemaFiller {
    private static final int DEEP = 6;
    private static final int TOO_DEEP = 40;
    private static final int MAX_HOPS = 32;
    private static final int MAX_ITEMS = 1_000;
    private static final int MAX_CHARACTERS = 20_000;
    private static final BigDecimal MAX_NUMBER = new BigDecimal("1e15");

    private final RandomGenerator random;
    private final Prose prose;
    private final JsonNode root;

    SchemaFiller(RandomGenerator random, @Nullable JsonNode schema) {
        this.random = random;
        this.prose = new Prose(random);
        this.root = schema == null ? Json.object() : schema;
    }

    JsonNode value() {
        JsonNode top = resolve(root, 0);
        boolean open = !top.has("type") && !top.has("enum") && !top.has("const") && !hasChoice(top);
        return open ? object(top, 0) : value(top, 0);
    }

    private JsonNode value(JsonNode given, int depth) {
        if (depth > TOO_DEEP) {
            return NullNode.getInstance();
        }
        JsonNode schema = resolve(given, depth);
        if (schema.has("const")) {
            return schema.get("const");
        }
        JsonNode choices = schema.path("enum");
        if (choices.isArray() && !choices.isEmpty()) {
            return choices.get(random.nextInt(choices.size()));
        }
        if (hasChoice(schema)) {
            return value(choice(schema, depth), depth + 1);
        }
        return switch (type(schema, depth)) {
            case "object" -> object(schema, depth);
            case "array" -> array(schema, depth);
            case "integer" -> LongNode.valueOf(integer(schema));
            case "number" -> DecimalNode.valueOf(number(schema));
            case "boolean" -> BooleanNode.valueOf(random.nextBoolean());
            case "null" -> NullNode.getInstance();
            default -> StringNode.valueOf(string(schema));
        };
    }

    private JsonNode resolve(JsonNode given, int depth) {
        JsonNode schema = given;
        for (int hops = 0; schema.path("$ref").isString() && hops < MAX_HOPS; hops++) {
            String ref = schema.path("$ref").stringValue();
            schema = ref.startsWith("#/") ? root.at(ref.substring(1)) : root;
        }
        JsonNode all = schema.path("allOf");
        if (all.isArray() && schema instanceof ObjectNode whole) {
            ObjectNode merged = whole.deepCopy();
            merged.remove("allOf");
            all.forEach(part -> merge(merged, resolve(part, depth + 1)));
            return merged;
        }
        return schema;
    }

    private static void merge(ObjectNode target, JsonNode part) {
        for (Map.Entry<String, JsonNode> field : part.properties()) {
            JsonNode present = target.path(field.getKey());
            if (present instanceof ObjectNode known && field.getValue() instanceof ObjectNode more) {
                known.setAll(more);
            } else if (present instanceof ArrayNode known && field.getValue() instanceof ArrayNode more) {
                known.addAll(more);
            } else {
                target.set(field.getKey(), field.getValue());
            }
        }
    }

    private static boolean hasChoice(JsonNode schema) {
        return schema.path("anyOf").isArray() || schema.path("oneOf").isArray();
    }

    /// Deep down the plainest branch is taken, so that a recursive schema comes to an end.
    private JsonNode choice(JsonNode schema, int depth) {
        JsonNode branches = schema.path("anyOf").isArray() ? schema.path("anyOf") : schema.path("oneOf");
        if (depth >= DEEP) {
            for (JsonNode branch : branches) {
                if (!branch.has("$ref") && !"object".equals(Json.string(branch, "type"))) {
                    return branch;
                }
            }
        }
        return branches.get(random.nextInt(branches.size()));
    }

    private String type(JsonNode schema, int depth) {
        JsonNode type = schema.path("type");
        if (type.isString()) {
            return type.stringValue();
        }
        if (type.isArray() && !type.isEmpty()) {
            if (depth >= DEEP) {
                for (JsonNode one : type) {
                    if (one.asString("").equals("null")) {
                        return "null";
                    }
                }
            }
            return type.get(random.nextInt(type.size())).asString("");
        }
        if (schema.has("properties")) {
            return "object";
        }
        return schema.has("items") ? "array" : "string";
    }

    private ObjectNode object(JsonNode schema, int depth) {
        ObjectNode object = Json.object();
        Set<String> required = new HashSet<>();
        schema.path("required").forEach(name -> required.add(name.asString("")));
        for (Map.Entry<String, JsonNode> field : schema.path("properties").properties()) {
            if (required.contains(field.getKey()) || depth < DEEP) {
                object.set(field.getKey(), value(field.getValue(), depth + 1));
            }
        }
        for (String name : required) {
            if (!object.has(name)) {
                object.put(name, prose.word());
            }
        }
        return object;
    }

    private ArrayNode array(JsonNode schema, int depth) {
        int min = Math.min(MAX_ITEMS, schema.path("minItems").asInt(0));
        int max = schema.path("maxItems").asInt(Math.max(min, 3));
        int size = depth >= DEEP ? min : Math.max(min, Math.min(max, 1 + random.nextInt(3)));
        ArrayNode array = Json.array();
        Set<JsonNode> seen = new HashSet<>();
        boolean unique = schema.path("uniqueItems").asBoolean(false);
        for (int tries = 0; array.size() < size && tries < size * 20; tries++) {
            JsonNode prefix = schema.path("prefixItems").path(array.size());
            JsonNode item = value(prefix.isMissingNode() ? schema.path("items") : prefix, depth + 1);
            if (seen.add(item) || !unique) {
                array.add(item);
            }
        }
        return array;
    }

    private long integer(JsonNode schema) {
        BigDecimal step = step(schema, BigDecimal.ONE);
        return steps(schema, step, BigDecimal.ONE).multiply(step).longValue();
    }

    private BigDecimal number(JsonNode schema) {
        BigDecimal step = step(schema, new BigDecimal("0.01"));
        return steps(schema, step, step).multiply(step);
    }

    /// A whole number of steps within the bounds; `nudge` is what an exclusive bound is moved by.
    private BigDecimal steps(JsonNode schema, BigDecimal step, BigDecimal nudge) {
        BigDecimal low = bound(schema, "minimum", "exclusiveMinimum", nudge);
        BigDecimal high = bound(schema, "maximum", "exclusiveMaximum", nudge.negate());
        BigDecimal span = step.multiply(BigDecimal.valueOf(100));
        if (low == null) {
            low = high == null || high.signum() > 0 ? BigDecimal.ZERO : high.subtract(span);
        }
        if (high == null) {
            high = low.add(span);
        }
        low = low.max(MAX_NUMBER.negate()).min(MAX_NUMBER);
        high = high.max(MAX_NUMBER.negate()).min(MAX_NUMBER);
        long first = low.divide(step, 0, RoundingMode.CEILING).longValue();
        long last = high.divide(step, 0, RoundingMode.FLOOR).longValue();
        return BigDecimal.valueOf(last > first ? random.nextLong(first, last + 1) : first);
    }

    private static @Nullable BigDecimal bound(JsonNode schema, String closed, String open, BigDecimal nudge) {
        if (schema.path(closed).isNumber()) {
            return schema.path(closed).decimalValue();
        }
        return schema.path(open).isNumber() ? schema.path(open).decimalValue().add(nudge) : null;
    }

    private static BigDecimal step(JsonNode schema, BigDecimal byDefault) {
        JsonNode multiple = schema.path("multipleOf");
        return multiple.isNumber() && multiple.decimalValue().signum() > 0 ? multiple.decimalValue() : byDefault;
    }

    private String string(JsonNode schema) {
        String format = Json.string(schema, "format");
        String text = switch (format == null ? "" : format) {
            case "date-time" -> day() + "T%02d:%02d:00Z".formatted(random.nextInt(24), random.nextInt(60));
            case "date" -> day();
            case "time" -> "%02d:%02d:00Z".formatted(random.nextInt(24), random.nextInt(60));
            case "duration" -> "PT" + (1 + random.nextInt(59)) + "M";
            case "email" -> "reader" + random.nextInt(1000) + "@example.com";
            case "hostname" -> "host" + random.nextInt(1000) + ".example.com";
            case "ipv4" -> "192.0.2." + random.nextInt(256);
            case "ipv6" -> "2001:db8::" + (1 + random.nextInt(9));
            case "uri", "url" -> "https://example.com/" + random.nextInt(1000);
            case "uuid" -> "%08x-0000-4000-8000-%012x".formatted(random.nextInt(), random.nextInt(1 << 30));
            default -> free(schema);
        };
        return text;
    }

    private String day() {
        return "2026-%02d-%02d".formatted(1 + random.nextInt(12), 1 + random.nextInt(28));
    }

    private String free(JsonNode schema) {
        int min = Math.min(MAX_CHARACTERS, schema.path("minLength").asInt(0));
        int max = schema.path("maxLength").asInt(Integer.MAX_VALUE);
        var text = new StringBuilder(random.nextBoolean() ? prose.word() : prose.sentence());
        while (text.length() < min) {
            text.append(' ').append(prose.sentence());
        }
        return text.length() > max ? text.substring(0, Math.max(0, max)) : text.toString();
    }
}
