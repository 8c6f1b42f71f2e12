package dev.offpeak.worker.engine;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.strategy.WorkDistributionStrategy;
import org.jobrunr.storage.Paging.AmountBasedList;
import org.jobrunr.storage.navigation.AmountRequest;

/// Fetches as many tasks as workers are free. JobRunr counts a worker only once its thread runs, so that a fetch in
/// between would take too many; here a task counts from the moment it is handed over.
final class ExactWorkStrategy implements WorkDistributionStrategy {

    private final BackgroundJobServer server;
    private final int workers;
    private final BooleanSupplier mayStart;
    private final Set<Object> claimed = ConcurrentHashMap.newKeySet(); // fetched, not yet running
    private volatile boolean draining;

    ExactWorkStrategy(BackgroundJobServer server, int workers, BooleanSupplier mayStart) { // there is no steward yet
        this.server = server;
        this.workers = workers;
        this.mayStart = mayStart;
    }

    @Override
    public int getWorkerCount() {
        return workers;
    }

    @Override
    public AmountRequest getWorkPageRequest() {
        boolean closed = draining || !mayStart.getAsBoolean();
        return AmountBasedList.ascOnUpdatedAt(closed ? 0 : Math.max(0, workers - busy()));
    }

    /// @return to be run once JobRunr itself counts the worker
    Runnable claim() {
        var token = new Object();
        claimed.add(token);
        return () -> claimed.remove(token);
    }

    /// How many tasks are handed over or running.
    int busy() {
        return claimed.size() + server.getJobSteward().getOccupiedWorkerCount();
    }

    /// Fetches nothing more. Unlike a stop or a pause of JobRunr it lets the beats of running tasks go on.
    void drain() {
        draining = true;
    }

    boolean isDraining() {
        return draining;
    }

    /// Forgets claims that an ended executor dropped.
    void reset() {
        claimed.clear();
        draining = false;
    }
}
