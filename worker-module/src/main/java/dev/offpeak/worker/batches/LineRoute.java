package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.UnfedLine;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providerbatches.Group;
import org.jspecify.annotations.Nullable;

/// Where a line goes from its feeder.
sealed interface LineRoute {

    /// What a line can cost that way at most; null: its model has no price.
    @Nullable Usd most(UnfedLine line);

    /// Into a provider batch: of the bulk's own, or one that it shares with other jobs of its tenant.
    record InBatch(Group group) implements LineRoute {
        @Override
        public @Nullable Usd most(UnfedLine line) {
            return line.estimate().usd();
        }
    }

    /// To the queue, as a single job.
    record Alone() implements LineRoute {
        @Override
        public @Nullable Usd most(UnfedLine line) {
            return line.estimate().callUsd();
        }
    }
}
