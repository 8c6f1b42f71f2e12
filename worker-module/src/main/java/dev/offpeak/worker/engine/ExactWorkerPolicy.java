package dev.offpeak.worker.engine;

import java.util.function.BooleanSupplier;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.configuration.BackgroundJobServerThreadType;
import org.jobrunr.server.configuration.DefaultBackgroundJobServerWorkerPolicy;
import org.jobrunr.server.strategy.WorkDistributionStrategy;

/// A fixed number of virtual threads for each pool, counted exactly.
final class ExactWorkerPolicy extends DefaultBackgroundJobServerWorkerPolicy {

    private final Places places;
    private final BooleanSupplier mayStart;

    ExactWorkerPolicy(Places places, BooleanSupplier mayStart) {
        super(places.all(), BackgroundJobServerThreadType.VirtualThreads);
        this.places = places;
        this.mayStart = mayStart;
    }

    @Override
    public WorkDistributionStrategy toWorkDistributionStrategy(BackgroundJobServer server) {
        return new ExactWorkStrategy(server, places, mayStart);
    }
}
