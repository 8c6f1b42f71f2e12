package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.JobId;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The jobs that threads of this worker are busy with. What the database shows as ours and is not here, nobody works
/// on.
final class HeldJobs {

    private final Set<JobId> jobs = ConcurrentHashMap.newKeySet();

    /// @return false where a thread holds it already
    boolean add(JobId job) {
        return jobs.add(job);
    }

    void remove(JobId job) {
        jobs.remove(job);
    }

    Collection<JobId> all() {
        return List.copyOf(jobs);
    }
}
