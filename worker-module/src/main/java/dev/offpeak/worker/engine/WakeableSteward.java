package dev.offpeak.worker.engine;

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
