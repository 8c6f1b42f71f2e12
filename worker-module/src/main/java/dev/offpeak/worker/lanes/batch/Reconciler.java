package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import java.time.Duration;
import java.util.Optional;

/// Settles the lines of a batch that has ended at its provider, whatever the provider called its end.
interface Reconciler {

    /// Takes a claimed batch in state `ended` or `reconciling` as far as it gets. It moves the states
    /// itself and may be called again at any point, after crashes too.
    ///
    /// @return how long to wait before the next try, for the claim is released then; empty where it is
    ///     reconciled or a newer claim holds it
    /// @throws InterruptedException where the worker takes the thread back; the batch is given back at
    ///     once then
    Optional<Duration> reconcile(ProviderBatchRow batch) throws InterruptedException;
}
