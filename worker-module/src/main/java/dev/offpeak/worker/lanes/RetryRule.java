package dev.offpeak.worker.lanes;

import java.time.Duration;

/// How often a job is tried, whichever lane tries it.
public interface RetryRule {

    /// Tries at a job, the first included.
    int maxAttempts();

    /// How long a job waits.
    ///
    /// @param attempt the attempt that failed, from 1
    Duration after(int attempt);
}
