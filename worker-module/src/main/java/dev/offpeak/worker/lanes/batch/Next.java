package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import java.time.Duration;
import java.util.Optional;

/// What comes after a step of a provider batch.
sealed interface Next {

    /// The next step at once.
    record Go(ProviderBatchRow batch) implements Next {}

    /// The claim ends; the next step is due after a while.
    record Wait(Duration delay) implements Next {}

    /// Nothing more is to be done with this claim: the batch is finished, or somebody else's.
    record Done() implements Next {}

    Next DONE = new Done();

    static Next orDone(Optional<ProviderBatchRow> batch) {
        return batch.<Next>map(Go::new).orElse(DONE);
    }
}
