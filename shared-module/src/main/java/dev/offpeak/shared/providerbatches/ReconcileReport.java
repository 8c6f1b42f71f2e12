package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Our ledger beside what the provider says of a batch, once all its results were read.
///
/// @param lines how they ended
/// @param duplicates results that came again
/// @param unknown results for custom ids that we never sent, or for none
/// @param unreadable results that nobody could read
/// @param ours what our confirmed rows of its lines say
/// @param said what the provider says of the whole batch; null where it says nothing
/// @param unconfirmed what unreadable lines stand for in the ledger
/// @param unpriced confirmed rows without a price
public record ReconcileReport(
        ProviderBatchId batch,
        Instant at,
        Map<LineState, Integer> lines,
        int duplicates,
        int unknown,
        int unreadable,
        Usage ours,
        Usd billed,
        Usd list,
        Usd unconfirmed,
        int unpriced,
        @Nullable Usage said) {

    public ReconcileReport {
        lines = Map.copyOf(lines);
    }

    /// What the provider counts beyond our ledger; negative where it counts less.
    public record Residue(long inputTokens, long cachedInputTokens, long outputTokens) {
        public boolean none() {
            return inputTokens == 0 && cachedInputTokens == 0 && outputTokens == 0;
        }
    }

    /// @return null where the provider says nothing
    public @Nullable Residue residue() {
        return said == null
                ? null
                : new Residue(
                        said.inputTokens() - ours.inputTokens(),
                        said.cachedInputTokens() - ours.cachedInputTokens(),
                        said.outputTokens() - ours.outputTokens());
    }
}
