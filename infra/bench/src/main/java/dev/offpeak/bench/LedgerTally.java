package dev.offpeak.bench;

import java.math.BigDecimal;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/// Adds up ledger entries one by one, so that no run needs them all in memory.
final class LedgerTally {

    private final Predicate<String> counts;
    private final TokenTable tokens = new TokenTable();
    private BigDecimal billed = BigDecimal.ZERO;
    private int confirmed;
    private int unconfirmed;
    private int others;

    /// @param counts whether the entries of that job do
    LedgerTally(Predicate<String> counts) {
        this.counts = counts;
    }

    void add(JsonNode entry) {
        if (!counts.test(entry.path("job").asString(""))) {
            others++;
        } else if ("correction".equals(entry.path("source").asString(""))) {
            return; // takes an unconfirmed entry back, and is no execution
        } else if ("confirmed".equals(entry.path("status").asString(""))) {
            confirmed++;
            tokens.addUsage(entry);
            billed = billed.add(new BigDecimal(entry.path("billed_usd").asString("0")));
        } else {
            unconfirmed++;
        }
    }

    LedgerSums sums() {
        return new LedgerSums(tokens, billed, confirmed, unconfirmed, others);
    }
}
