package dev.offpeak.worker.lanes;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.ClaimedJob;

/// The only stretch of an attempt in which it may be interrupted because its job was taken away: while it waits for a
/// provider. Anywhere else an interrupt would close the database's socket under a settlement, and lose it.
public interface CallWindow {

    /// Makes the request, unless the job is gone already.
    ///
    /// @throws InterruptedException where the worker takes the thread back; the request may have run
    <T> Seen<T> open(ClaimedJob job, Request<T> request) throws InterruptedException;

    /// One request to a provider.
    @FunctionalInterface
    interface Request<T> {
        T make() throws InterruptedException;
    }

    /// What came of a request.
    sealed interface Seen<T> {

        /// It ended by itself.
        record Ended<T>(T answer) implements Seen<T> {}

        /// The job was cancelled, or another claim holds it.
        ///
        /// @param sent whether the request had left, and may have run
        record TakenAway<T>(boolean sent, ErrorCode why) implements Seen<T> {}

        /// It was not sent: this worker may be held for dead, and what it began would be begun again elsewhere.
        record MayNotStart<T>() implements Seen<T> {}
    }
}
