package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.JobId;
import java.util.Collection;

/// What the end of a job owes to others, for who ends many jobs at once by statements of his own.
public interface JobEndings {

    /// Writes, in the caller's transaction, the messages of jobs that have just ended, each as its row
    /// says, and tells those who wait once it has committed. A few statements, however many jobs there
    /// are.
    void announceAll(Collection<JobId> ended);
}
