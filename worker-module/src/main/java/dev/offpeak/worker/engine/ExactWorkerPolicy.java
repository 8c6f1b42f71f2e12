package dev.offpeak.worker.engine;

import java.util.function.BooleanSupplier;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.configuration.BackgroundJobServerThreadType;
import org.jobrunr.server.configuration.DefaultBackgroundJobServerWorkerPolicy;
import org.jobrunr.server.strategy.WorkDistributionStrategy;
import org.jobrunr.server.threadpool.JobRunrExecutor;

/// A fixed number of virtual threads for each pool, counted exactly, that outlive a stop of the server.
final class ExactWorkerPolicy extends DefaultBackgroundJobServerWorkerPolicy {

    private final Places places;
    private final BooleanSupplier mayStart;
    private final TaskThreads threads;

    ExactWorkerPolicy(Places places, BooleanSupplier mayStart) {
        super(places.all(), BackgroundJobServerThreadType.VirtualThreads);
        this.places = places;
        this.mayStart = mayStart;
        this.threads = new TaskThreads(places.all());
    }

    /// The same for every start of the server: those of an earlier one may still run.
    @Override
    public JobRunrExecutor toJobRunrExecutor() {
        return threads;
    }

    TaskThreads threads() {
        return threads;
    }

    @Override
    public WorkDistributionStrategy toWorkDistributionStrategy(BackgroundJobServer server) {
        return new ExactWorkStrategy(server, places, mayStart);
    }
}
