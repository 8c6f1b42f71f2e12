package dev.offpeak.worker.engine;

import org.jobrunr.jobs.Job;
import org.jobrunr.server.BackgroundJobPerformer;
import org.jobrunr.server.BackgroundJobPerformerFactory;
import org.jobrunr.server.BackgroundJobServer;

/// Counts a task as claimed from its hand-over to its start. JobRunr finds it as a service, hence public.
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
        Runnable running = exact.claim();
        return new BackgroundJobPerformer(server, job) {
            @Override
            protected void performJob() throws Exception {
                running.run(); // by now JobRunr counts the worker as occupied
                super.performJob();
            }
        };
    }
}
