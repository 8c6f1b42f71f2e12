package dev.offpeak.worker.lanes;

/// A way to answer a job.
public interface Lane {

    /// Makes one attempt.
    ///
    /// @throws InterruptedException where the worker takes the thread back; its calls are left unconfirmed
    LaneOutcome attempt(LaneRequest request) throws InterruptedException;
}
