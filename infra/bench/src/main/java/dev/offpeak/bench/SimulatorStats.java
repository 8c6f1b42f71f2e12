package dev.offpeak.bench;

import java.math.BigDecimal;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// What the simulator ran and billed, or the difference of two such readings.
///
/// @param calls requests of every kind that reached it, errors included where it counts them
/// @param repeated executions beyond the first of an equal last user message
/// @param tokens model, then kind of token
record SimulatorStats(
        Map<String, Long> calls, long executions, long repeated, TokenTable tokens, BigDecimal billedUsd) {

    static SimulatorStats of(JsonNode stats) {
        var calls = new TreeMap<String, Long>();
        stats.path("calls").forEachEntry((kind, count) -> calls.put(kind, count.asLong()));
        var tokens = new TokenTable();
        stats.path("tokens")
                .forEachEntry(
                        (model, kinds) -> kinds.forEachEntry((kind, count) -> tokens.add(model, kind, count.asLong())));
        return new SimulatorStats(
                calls,
                stats.path("executions").path("total").asLong(),
                stats.path("executions").path("repeated").asLong(),
                tokens,
                new BigDecimal(stats.path("billed_usd").asString("0")));
    }

    SimulatorStats since(SimulatorStats earlier) {
        var more = new TreeMap<String, Long>();
        calls.forEach((kind, count) -> more.put(kind, count - earlier.calls.getOrDefault(kind, 0L)));
        return new SimulatorStats(
                more,
                executions - earlier.executions,
                repeated - earlier.repeated,
                tokens.minus(earlier.tokens),
                billedUsd.subtract(earlier.billedUsd));
    }
}
