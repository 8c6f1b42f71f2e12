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
        var tokens = new TokenTable();
        BigDecimal billed = BigDecimal.ZERO;
        int confirmed = 0;
        int unconfirmed = 0;
        int others = 0;
        for (JsonNode entry : entries) {
            if (!jobs.contains(entry.path("job").asString(""))) {
                others++;
            } else if ("confirmed".equals(entry.path("status").asString(""))) {
                confirmed++;
                tokens.addUsage(entry);
                billed = billed.add(new BigDecimal(entry.path("billed_usd").asString("0")));
            } else {
                unconfirmed++;
            }
        }
        return new LedgerSums(tokens, billed, confirmed, unconfirmed, others);
    }
}
