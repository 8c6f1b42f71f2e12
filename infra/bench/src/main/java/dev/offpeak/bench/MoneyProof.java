package dev.offpeak.bench;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Whether Offpeak's ledger is what the simulator billed: by model and kind of token, and in USD to the last digit.
/// Entries come one by one, so that no ledger is too long.
final class MoneyProof {

    private final Predicate<String> ours;
    private final LedgerTally tally;
    private final Map<String, BigDecimal> usdByLane = new TreeMap<>();
    private int overlaps;
    private BigDecimal overlapUsd = BigDecimal.ZERO;

    /// @param ours whether a job is one of the run
    MoneyProof(Predicate<String> ours) {
        this.ours = ours;
        this.tally = new LedgerTally(ours);
    }

    void add(JsonNode entry) {
        tally.add(entry);
        if (!ours.test(entry.path("job").asString(""))) {
            return;
        }
        var usd = new BigDecimal(entry.path("billed_usd").asString("0"));
        usdByLane.merge(entry.path("lane").asString("none"), usd, BigDecimal::add);
        if (entry.path("overlap").asBoolean(false)) {
            overlaps++;
            overlapUsd = overlapUsd.add(usd);
        }
    }

    int overlaps() {
        return overlaps;
    }

    BigDecimal overlapUsd() {
        return overlapUsd;
    }

    BigDecimal usdOf(String lane) {
        return usdByLane.getOrDefault(lane, BigDecimal.ZERO);
    }

    BigDecimal billed() {
        return tally.sums().billedUsd();
    }

    /// One row for each model and kind that either side knows, and one for the dollars.
    ArrayNode rows(SimulatorStats ran) {
        LedgerSums ledger = tally.sums();
        ArrayNode rows = Json.array();
        var kinds = new TreeMap<String, TreeSet<String>>();
        for (TokenTable table : List.of(ledger.tokens(), ran.tokens())) {
            table.json()
                    .forEachEntry((model, its) ->
                            kinds.computeIfAbsent(model, _ -> new TreeSet<>()).addAll(its.propertyNames()));
        }
        kinds.forEach((model, names) -> names.forEach(kind -> {
            long ours = ledger.tokens().of(model, kind);
            long theirs = ran.tokens().of(model, kind);
            if (ours != 0 || theirs != 0) {
                rows.addObject()
                        .put("model", model)
                        .put("kind", kind)
                        .put("ledger", ours)
                        .put("simulator", theirs)
                        .put("difference", ours - theirs);
            }
        }));
        rows.addObject()
                .put("model", "all")
                .put("kind", "usd")
                .put("ledger", ledger.billedUsd().toPlainString())
                .put("simulator", ran.billedUsd().toPlainString())
                .put("difference", ledger.billedUsd().subtract(ran.billedUsd()).toPlainString());
        return rows;
    }

    void judge(SimulatorStats ran, Demands demands) {
        LedgerSums ledger = tally.sums();
        demands.that(
                        "ledger_tokens_equal_the_simulators",
                        ledger.tokens().minus(ran.tokens()).isEmpty())
                .that("ledger_usd_equals_the_simulators", ledger.billedUsd().compareTo(ran.billedUsd()) == 0)
                .that("one_ledger_row_an_execution", ledger.confirmed() == ran.executions())
                .that("nothing_unconfirmed", ledger.unconfirmed() == 0)
                .that("nothing_ran_twice_but_by_declared_overlap", ran.repeated() <= overlaps);
    }

    ObjectNode json(SimulatorStats ran) {
        LedgerSums ledger = tally.sums();
        ObjectNode json = Json.object()
                .put("simulator_executions", ran.executions())
                .put("simulator_repeated", ran.repeated())
                .put("ledger_confirmed", ledger.confirmed())
                .put("ledger_unconfirmed", ledger.unconfirmed())
                .put("ledger_entries_of_other_jobs", ledger.others())
                .put("declared_overlaps", overlaps)
                .put("overlap_usd", overlapUsd.toPlainString())
                .put("ledger_usd", ledger.billedUsd().toPlainString())
                .put("simulator_usd", ran.billedUsd().toPlainString());
        ObjectNode lanes = json.putObject("ledger_usd_by_lane");
        usdByLane.forEach((lane, usd) -> lanes.put(lane, usd.toPlainString()));
        return json;
    }
}
