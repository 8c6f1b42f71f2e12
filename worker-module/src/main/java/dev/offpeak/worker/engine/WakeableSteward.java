package dev.offpeak.worker.engine;

import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.JobSteward;
import org.jobrunr.server.tasks.steward.OnboardNewWorkTask;

/// Opens JobRunr's own fetch, and with it JobRunr's own lock, to us.
final class WakeableSteward extends JobSteward {

    private final WakeableServer server;
    private final OnboardNewWorkTask onboard = getTaskOfType(OnboardNewWorkTask.class);

    WakeableSteward(WakeableServer server) {
        super(server);
        this.server = server;
    }

    /// Fetches what free workers can take; does nothing while another fetch runs or nobody is free.
    void onboard() {
        onboard.runTaskThreadSafe();
    }

    /// A task that a master took for orphaned, and that this worker then fetched again, may still run here.
    /// JobRunr would interrupt that run; ours goes on, its row belongs to the new one, and our own tables let
    /// one of them do the work.
    @Override
    public void startProcessing(Job job, Thread thread) {
        for (Job older : getJobsInProgress()) {
            if (older.getId().equals(job.getId()) && !older.hasState(StateName.DELETED)) {
                stopProcessing(older); // no more beats for a row that is not its own
                older.delete("The task was fetched again; this copy is dropped"); // so that its end is not saved
            }
        }
        super.startProcessing(job, thread);
    }

    /// A worker that ends fetches by itself, unless another fetch, which did not count on it, is under way: then its
    /// place would stay empty until the poll.
    @Override
    public void notifyThreadIdle() {
        long seen = server.fetchStarts();
        super.notifyThreadIdle();
        if (server.fetchStarts() == seen && !server.exact().isDraining()) {
            server.wakeSoon();
        }
    }
}
