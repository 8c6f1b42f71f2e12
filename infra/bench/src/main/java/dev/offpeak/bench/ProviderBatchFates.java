package dev.offpeak.bench;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What became of a run's provider batches and of their lines, as the operator is shown it: whether what was to go
/// wrong
/// did.
final class ProviderBatchFates {

    /// Of fewer lines than this a share says little.
    private static final int ENOUGH = 50;

    private final Map<String, Integer> ends = new TreeMap<>();
    private final Map<String, Integer> refusals = new TreeMap<>();
    private final Map<String, Long> lines = new TreeMap<>();
    private int count;
    private int residues;
    private int expiredHalfway;

    /// @param batch one of the list of provider batches
    void add(JsonNode batch) {
        count++;
        ends.merge(batch.path("ended_as").asString("none"), 1, Integer::sum);
        String code = batch.path("error_code").asString("");
        if (!code.isEmpty()) {
            refusals.merge(code, 1, Integer::sum);
        }
        residues += batch.path("residue").isEmpty() ? 0 : 1;
        JsonNode its = batch.path("lines");
        its.forEachEntry((state, number) -> lines.merge(state, number.asLong(), Long::sum));
        if (batch.path("ended_as").asString("").equals("expired")
                && its.path("ok").asInt() > 0
                && its.path("expired").asInt() > 0) {
            expiredHalfway++;
        }
    }

    /// @param errorRate of the lines that the provider comes to, as is `lostRate`
    /// @param refusedThere how many batches the provider itself says it has refused
    void judge(double errorRate, double lostRate, long refusedThere, Demands demands) {
        demands.that("no_provider_batch_has_a_residue", residues == 0)
                .that("a_provider_batch_expired_halfway", expiredHalfway >= 1)
                .that(
                        "a_provider_batch_was_refused_on_tokens",
                        refusedThere >= 1 && refusals.keySet().stream().anyMatch(code -> code.contains("token")))
                .that("lines_failed_at_the_provider_as_set", isShare("error", errorRate))
                .that("lines_got_lost_at_the_provider_as_set", isShare("lost", lostRate));
    }

    /// Chance may double or halve what is expected, where that is many.
    private boolean isShare(String state, double rate) {
        long its = of(state);
        double expected = rate * (of("ok") + of("error") + of("lost"));
        if (rate == 0) {
            return its == 0;
        }
        return expected < ENOUGH ? its > 0 : its >= expected / 2 && its <= expected * 2;
    }

    private long of(String state) {
        return lines.getOrDefault(state, 0L);
    }

    ObjectNode json() {
        ObjectNode json = Json.object()
                .put("count", count)
                .put("with_a_residue", residues)
                .put("expired_halfway", expiredHalfway);
        ObjectNode ended = json.putObject("ended_as");
        ends.forEach(ended::put);
        ObjectNode codes = json.putObject("errors");
        refusals.forEach(codes::put);
        ObjectNode states = json.putObject("lines");
        lines.forEach(states::put);
        return json;
    }
}
