package dev.offpeak.worker.engine;

import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.filters.ElectStateFilter;
import org.jobrunr.jobs.states.FailedState;
import org.jobrunr.jobs.states.JobState;
import org.jobrunr.server.JobActivatorShutdownException;

/// Enqueues a task again where a worker stopped under it, which is nobody's fault, or was lost, and that a few times
/// only: a task that ends its process must not loop. Every other failed task stays failed; the sweeper wakes its
/// work with a new task.
///
/// It must be the only [ElectStateFilter] of the server: JobRunr replaces its own retries by the first one it finds.
final class InfrastructureFaultFilter implements ElectStateFilter {

    static final String FAULTS = "offpeakFaults";
    private static final int MOST = 5;

    @Override
    public void onStateElection(Job job, JobState state) {
        if (!(state instanceof FailedState failed)) {
            return;
        }
        switch (failed.getException()) {
            case InterruptedException _, JobActivatorShutdownException _ -> job.enqueue();
            case IllegalThreadStateException _ -> enqueueAFewTimes(job);
            default -> {}
        }
    }

    private static void enqueueAFewTimes(Job job) {
        var faults = job.getMetadata().merge(FAULTS, 1, (before, one) -> (Integer) before + (Integer) one);
        if ((Integer) faults <= MOST) {
            job.enqueue();
        }
    }
}
