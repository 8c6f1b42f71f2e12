package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How the simulator behaves. Times are milliseconds, rates are fractions of all tries, limits count a minute
/// and are null where there is none. The document also holds the settings of batches, which are kept for the
/// batch side.
public record Behaviour(
        long seed,
        long latencyMs,
        long latencyJitterMs,
        double errorRate,
        int errorStatus,
        @Nullable Long rateLimitRpm,
        @Nullable Long rateLimitTpm,
        double hangRate,
        double malformedRate,
        double flexUnavailableRate,
        ObjectNode document) {

    private static final String BATCH = "batch";

    public static Behaviour defaults() {
        ObjectNode document = Json.object();
        Setting.TOP.values().forEach(setting -> setting.putDefault(document));
        ObjectNode batch = document.putObject(BATCH);
        Setting.BATCH.values().forEach(setting -> setting.putDefault(batch));
        return of(document);
    }

    /// This behaviour with the fields of the patch. Nothing changes where one of them is wrong.
    public Behaviour with(JsonNode patch) throws BadSetting {
        if (!patch.isObject()) {
            throw new BadSetting("", "invalid_value", "The behaviour is an object, got " + Json.typeOf(patch) + ".");
        }
        ObjectNode merged = document.deepCopy();
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            if (field.getKey().equals(BATCH)) {
                mergeBatch(field.getValue(), (ObjectNode) merged.path(BATCH));
            } else {
                merge(Setting.TOP, "", field, merged);
            }
        }
        return of(merged);
    }

    private static void mergeBatch(JsonNode patch, ObjectNode batch) throws BadSetting {
        if (!patch.isObject()) {
            throw new BadSetting(
                    BATCH, "invalid_value", "Invalid value for 'batch': expected an object, got " + Json.typeOf(patch));
        }
        for (Map.Entry<String, JsonNode> field : patch.properties()) {
            merge(Setting.BATCH, BATCH + ".", field, batch);
        }
    }

    private static void merge(
            Map<String, Setting> known, String prefix, Map.Entry<String, JsonNode> field, ObjectNode target)
            throws BadSetting {
        String path = prefix + field.getKey();
        Setting setting = known.get(field.getKey());
        if (setting == null) {
            throw new BadSetting(path, "unknown_field", "Unknown field '" + path + "'.");
        }
        setting.put(path, field.getValue(), target);
    }

    private static Behaviour of(ObjectNode document) {
        return new Behaviour(
                document.path("seed").asLong(),
                document.path("latency_ms").asLong(),
                document.path("latency_jitter_ms").asLong(),
                document.path("error_rate").asDouble(),
                document.path("error_status").asInt(),
                limit(document, "rate_limit_rpm"),
                limit(document, "rate_limit_tpm"),
                document.path("hang_rate").asDouble(),
                document.path("malformed_rate").asDouble(),
                document.path(BATCH).path("flex_unavailable_rate").asDouble(),
                document);
    }

    private static @Nullable Long limit(ObjectNode document, String field) {
        return Json.has(document, field) ? (Long) document.path(field).asLong() : null;
    }
}
