package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.net.URI;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One field of the behaviour: its name on the wire, what it takes, and its default as JSON.
record Setting(
        String name,
        Kind kind,
        boolean nullable,
        double min,
        double max,
        @Nullable Object byDefault) {

    enum Kind {
        INTEGER,
        RATE,
        SECONDS,
        FLAG,
        URL
    }

    private static final long DAY_MS = 86_400_000;
    private static final double ANY = Long.MAX_VALUE;

    static final Map<String, Setting> TOP = byName(
            integer("seed", Long.MIN_VALUE, ANY, 1L),
            integer("latency_ms", 0, DAY_MS, 0L),
            integer("latency_jitter_ms", 0, DAY_MS, 0L),
            rate("error_rate"),
            integer("error_status", 400, 599, 500L),
            limit("rate_limit_rpm"),
            limit("rate_limit_tpm"),
            rate("hang_rate"),
            rate("malformed_rate"));

    static final Map<String, Setting> BATCH = byName(
            seconds("seconds_to_complete", false, 2L),
            rate("line_error_rate"),
            rate("line_lost_rate"),
            seconds("expire_after_seconds", true, null),
            new Setting("stall", Kind.FLAG, false, 0, 0, false),
            limit("enqueued_token_limit"),
            rate("create_fails_after_creating_rate"),
            seconds("output_file_delay_seconds", false, 0L),
            new Setting("webhook_url", Kind.URL, true, 0, 0, null));

    /// The field in the target becomes `value`, or the setting says why it cannot.
    void put(String path, JsonNode value, ObjectNode target) throws BadSetting {
        if (value.isNull()) {
            if (!nullable) {
                throw invalid(path, "null is not allowed");
            }
            target.putNull(name);
            return;
        }
        check(path, value);
        target.set(name, value);
    }

    void putDefault(ObjectNode target) {
        switch (byDefault) {
            case null -> target.putNull(name);
            case Long number -> target.put(name, number);
            case Double number -> target.put(name, number);
            case Boolean flag -> target.put(name, flag);
            default -> throw new IllegalStateException("no such default: " + name);
        }
    }

    private void check(String path, JsonNode value) throws BadSetting {
        switch (kind) {
            case INTEGER -> {
                if (!value.isIntegralNumber() || !value.canConvertToLong()) {
                    throw invalid(path, "expected an integer, got " + Json.typeOf(value));
                }
                range(path, value, "%.0f");
            }
            case RATE, SECONDS -> {
                if (!value.isNumber()) {
                    throw invalid(path, "expected a number, got " + Json.typeOf(value));
                }
                range(path, value, "%s");
            }
            case FLAG -> {
                if (!value.isBoolean()) {
                    throw invalid(path, "expected true or false, got " + Json.typeOf(value));
                }
            }
            case URL -> {
                if (!value.isString() || !isHttp(value.stringValue())) {
                    throw invalid(path, "expected an http or https URL");
                }
            }
        }
    }

    private void range(String path, JsonNode value, String format) throws BadSetting {
        double number = value.asDouble();
        if (number < min || number > max) {
            throw invalid(path, ("expected " + format + " to " + format).formatted(min, max) + ", got " + value);
        }
    }

    private static BadSetting invalid(String path, String reason) {
        return new BadSetting(path, "invalid_value", "Invalid value for '" + path + "': " + reason + ".");
    }

    private static boolean isHttp(String text) {
        try {
            URI uri = URI.create(text);
            return uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static Setting integer(String name, double min, double max, long byDefault) {
        return new Setting(name, Kind.INTEGER, false, min, max, byDefault);
    }

    private static Setting limit(String name) {
        return new Setting(name, Kind.INTEGER, true, 1, 1e15, null);
    }

    private static Setting rate(String name) {
        return new Setting(name, Kind.RATE, false, 0, 1, 0.0);
    }

    private static Setting seconds(String name, boolean nullable, @Nullable Long byDefault) {
        return new Setting(name, Kind.SECONDS, nullable, 0, 366.0 * 86_400, byDefault);
    }

    private static Map<String, Setting> byName(Setting... settings) {
        return Stream.of(settings)
                .collect(Collectors.toMap(
                        Setting::name, setting -> setting, (first, _) -> first, java.util.LinkedHashMap::new));
    }
}
