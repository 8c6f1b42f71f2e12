package dev.offpeak.worker.engine;

import java.util.function.BooleanSupplier;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.configuration.BackgroundJobServerThreadType;
import org.jobrunr.server.configuration.DefaultBackgroundJobServerWorkerPolicy;
import org.jobrunr.server.strategy.WorkDistributionStrategy;

/// A fixed number of virtual threads, counted exactly.
final class ExactWorkerPolicy extends DefaultBackgroundJobServerWorkerPolicy {

    private final int workers;
    private final BooleanSupplier mayStart;

    ExactWorkerPolicy(int workers, BooleanSupplier mayStart) {
        super(workers, BackgroundJobServerThreadType.VirtualThreads);
        this.workers = workers;
        this.mayStart = mayStart;
    }

    @Override
    public WorkDistributionStrategy toWorkDistributionStrategy(BackgroundJobServer server) {
        return new ExactWorkStrategy(server, workers, mayStart);
    }
}
