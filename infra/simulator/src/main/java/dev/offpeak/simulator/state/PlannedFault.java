package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A fault that is planned for certain calls of the batch side: the `nth` one since the plan was made, and the
/// `times` - 1 after it. `status` is what a failure answers.
public record PlannedFault(String call, long nth, long times, Effect effect, int status) {
    /// What happens. A call either comes to nothing and says so or not, or it does its work and then does not
    /// say so, or says so only in part.
    public enum Effect {
        FAIL,
        FAIL_AFTER,
        CUT,
        CUT_AFTER,
        HANG,
        HANG_AFTER,
        WRONG_TYPE
    }

    public static final Set<String> CALLS = Set.of(
            "files.create",
            "files.list",
            "files.get",
            "files.delete",
            "files.content",
            "batches.create",
            "batches.list",
            "batches.get",
            "batches.cancel",
            "batches.delete",
            "batches.results");
    private static final Set<String> FIELDS = Set.of("call", "nth", "times", "effect", "status");

    public boolean hits(long call) {
        return call >= nth && call < nth + times;
    }

    /// Reads a list that was found valid.
    public static List<PlannedFault> list(JsonNode faults) {
        try {
            return list("faults", faults);
        } catch (BadSetting e) {
            throw new IllegalStateException(e);
        }
    }

    static List<PlannedFault> list(String path, JsonNode faults) throws BadSetting {
        if (!faults.isArray()) {
            throw invalid(path, "expected an array, got " + Json.typeOf(faults));
        }
        List<PlannedFault> list = new ArrayList<>();
        for (JsonNode fault : faults) {
            list.add(of(path + "[" + list.size() + "]", fault));
        }
        return list;
    }

    private static PlannedFault of(String path, JsonNode fault) throws BadSetting {
        if (!fault.isObject()) {
            throw invalid(path, "expected an object, got " + Json.typeOf(fault));
        }
        for (Map.Entry<String, JsonNode> field : fault.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                String name = path + "." + field.getKey();
                throw new BadSetting(name, "unknown_field", "Unknown field '" + name + "'.");
            }
        }
        String call = Json.string(fault, "call");
        if (call == null || !CALLS.contains(call)) {
            throw invalid(
                    path + ".call",
                    "expected one of "
                            + String.join(", ", CALLS.stream().sorted().toList()));
        }
        return new PlannedFault(
                call,
                number(path + ".nth", fault.path("nth"), 1, 1, Long.MAX_VALUE / 2),
                number(path + ".times", fault.path("times"), 1, 1, Long.MAX_VALUE / 4),
                effect(path + ".effect", Json.string(fault, "effect")),
                (int) number(path + ".status", fault.path("status"), 500, 400, 599));
    }

    private static long number(String path, JsonNode value, long byDefault, long min, long max) throws BadSetting {
        if (value.isMissingNode()) {
            return byDefault;
        }
        if (!value.isIntegralNumber() || !value.canConvertToLong() || value.asLong() < min || value.asLong() > max) {
            throw invalid(path, "expected an integer from " + min + " to " + max);
        }
        return value.asLong();
    }

    private static Effect effect(String path, @org.jspecify.annotations.Nullable String word) throws BadSetting {
        return Arrays.stream(Effect.values())
                .filter(effect -> effect.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElseThrow(() -> invalid(
                        path,
                        "expected one of "
                                + String.join(
                                        ", ",
                                        Arrays.stream(Effect.values())
                                                .map(effect -> effect.name().toLowerCase(Locale.ROOT))
                                                .toList())));
    }

    private static BadSetting invalid(String path, String reason) {
        return new BadSetting(path, "invalid_value", "Invalid value for '" + path + "': " + reason + ".");
    }
}
