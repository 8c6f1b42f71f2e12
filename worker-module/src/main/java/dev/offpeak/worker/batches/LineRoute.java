package dev.offpeak.worker.batches;

import dev.offpeak.shared.providerbatches.Group;

/// Where a line goes from its feeder.
sealed interface LineRoute {

    /// Into a provider batch: of the bulk's own, or one that it shares with other jobs of its tenant.
    record InBatch(Group group) implements LineRoute {}

    /// To the queue, as a single job.
    record Alone() implements LineRoute {}
}
