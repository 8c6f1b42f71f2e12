package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.RunJob;
import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobPerformerFactory;
import org.jobrunr.server.BackgroundJobServer;

/// Holds a place of the task's pool from its hand-over to its end. JobRunr finds it as a service, hence public.
public final class ExactPerformerFactory implements BackgroundJobPerformerFactory {

    private static final int ABOVE_STOCK = 1000;

    @Override
    public int getPriority() {
        return ABOVE_STOCK;
    }

    @Override
    public BackgroundJobPerformer newBackgroundJobPerformer(BackgroundJobServer server, Job job) {
        if (!(server.getWorkDistributionStrategy() instanceof ExactWorkStrategy exact)) {
            return new BackgroundJobPerformer(server, job);
        }
        var place = exact.claim(RunJob.poolOf(job));
        return new BackgroundJobPerformer(server, job) {
            @Override
            protected void performJob() throws Exception {
                place.start();
                try {
                    super.performJob();
                } finally {
                    place.giveBack(); // before JobRunr fetches for the thread that has become idle
                }
            }
        };
    }
}
