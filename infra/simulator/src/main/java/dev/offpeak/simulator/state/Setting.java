package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One field of the behaviour: its name on the wire, what it takes, and its default as JSON. `words` are the
/// values of a choice.
record Setting(
        String name,
        Kind kind,
        boolean nullable,
        double min,
        double max,
        @Nullable Object byDefault,
        List<String> words) {

    enum Kind {
        INTEGER,
        RATE,
        SECONDS,
        FLAG,
        URL,
        TEXT,
        CHOICE,
        FAULTS
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
            flag("stall"),
            limit("enqueued_token_limit"),
            rate("create_fails_after_creating_rate"),
            seconds("output_file_delay_seconds", false, 0L),
            new Setting("webhook_url", Kind.URL, true, 0, 0, null, List.of()),
            seconds("validation_seconds", true, null),
            seconds("finalizing_seconds", true, null),
            seconds("cancel_seconds", true, null),
            new Setting("seconds_sigma", Kind.SECONDS, false, 0, 5, 0.0, List.of()),
            choice("stall_in", "in_progress", "validating", "finalizing"),
            rate("vanish_rate"),
            text("unheard_status", null),
            flag("extra_fields"),
            rate("cancel_finishes_rate"),
            choice("create_fails_with", "error", "cut", "hang"),
            seconds("create_answer_delay_seconds", false, 0L),
            seconds("list_lag_seconds", false, 0L),
            seconds("get_lag_seconds", false, 0L),
            limit("creations_per_hour"),
            limit("uploads_per_minute"),
            choice("retry_after", "seconds", "date", "ms", "none"),
            rate("upload_fails_after_storing_rate"),
            new Setting("max_file_bytes", Kind.INTEGER, false, 1, 1e12, 209_715_200L, List.of()),
            new Setting("max_lines", Kind.INTEGER, true, 1, 1e9, null, List.of()),
            choice("unknown_file", "refused", "failed"),
            choice("duplicate_custom_id", "failed", "refused"),
            choice("stream_in_line", "failed", "line_error"),
            choice("token_limit_as", "failed", "400", "429"),
            flag("token_limit_jam"),
            limit("queue_limit"),
            new Setting("line_error_status", Kind.INTEGER, false, 400, 599, 500L, List.of()),
            rate("line_timeout_rate"),
            rate("line_status_zero_rate"),
            flag("credit_exhausted"),
            rate("flex_unavailable_rate"),
            rate("pause_turn_rate"),
            rate("split_answer_rate"),
            choice("result_order", "shuffled", "input"),
            rate("result_duplicate_rate"),
            rate("result_unknown_id_rate"),
            rate("result_malformed_rate"),
            flag("result_crlf"),
            flag("result_blank_last_line"),
            flag("error_file_blank"),
            flag("error_file_missing"),
            seconds("file_content_404_seconds", false, 0L),
            rate("download_cut_rate"),
            seconds("results_kept_seconds", false, 2_505_600L),
            seconds("files_kept_seconds", false, 2_592_000L),
            choice("prompt_cache", "measured", "measured_with_sync", "documented"),
            text("webhook_secret", "whsec_b2ZmcGVhay1zaW11bGF0b3Itd2ViaG9vaw=="),
            seconds("webhook_delay_seconds", false, 0L),
            seconds("webhook_retry_seconds", false, 1L),
            rate("webhook_lost_rate"),
            rate("webhook_duplicate_rate"),
            rate("webhook_bad_signature_rate"),
            flag("webhook_two_signatures"),
            flag("webhook_stale"),
            new Setting("faults", Kind.FAULTS, false, 0, 0, Json.array(), List.of()));

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
            case String text -> target.put(name, text);
            case JsonNode node -> target.set(name, node.deepCopy());
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
            case TEXT -> {
                if (!value.isString() || value.stringValue().isBlank()) {
                    throw invalid(path, "expected a string, got " + Json.typeOf(value));
                }
            }
            case CHOICE -> {
                if (!value.isString() || !words.contains(value.stringValue())) {
                    throw invalid(path, "expected one of " + String.join(", ", words));
                }
            }
            case FAULTS -> PlannedFault.list(path, value);
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
        return new Setting(name, Kind.INTEGER, false, min, max, byDefault, List.of());
    }

    private static Setting limit(String name) {
        return new Setting(name, Kind.INTEGER, true, 1, 1e15, null, List.of());
    }

    private static Setting rate(String name) {
        return new Setting(name, Kind.RATE, false, 0, 1, 0.0, List.of());
    }

    private static Setting flag(String name) {
        return new Setting(name, Kind.FLAG, false, 0, 0, false, List.of());
    }

    private static Setting text(String name, @Nullable String byDefault) {
        return new Setting(name, Kind.TEXT, byDefault == null, 0, 0, byDefault, List.of());
    }

    /// The first word is the default.
    private static Setting choice(String name, String... words) {
        return new Setting(name, Kind.CHOICE, false, 0, 0, words[0], List.of(words));
    }

    private static Setting seconds(String name, boolean nullable, @Nullable Long byDefault) {
        return new Setting(name, Kind.SECONDS, nullable, 0, 366.0 * 86_400, byDefault, List.of());
    }

    private static Map<String, Setting> byName(Setting... settings) {
        return Stream.of(settings)
                .collect(Collectors.toMap(
                        Setting::name, setting -> setting, (first, _) -> first, java.util.LinkedHashMap::new));
    }
}
