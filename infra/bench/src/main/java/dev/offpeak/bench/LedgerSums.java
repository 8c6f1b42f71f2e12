package dev.offpeak.bench;

import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// The ledger of some jobs, added up.
///
/// @param tokens of confirmed entries
/// @param billedUsd of confirmed entries, exact
/// @param others entries of other jobs in the same time
record LedgerSums(TokenTable tokens, BigDecimal billedUsd, int confirmed, int unconfirmed, int others) {

    static LedgerSums of(List<JsonNode> entries, Set<String> jobs) {
        var tally = new LedgerTally(jobs::contains);
        entries.forEach(tally::add);
        return tally.sums();
    }
}
