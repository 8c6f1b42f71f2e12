package dev.offpeak.worker.engine;

import static java.util.Objects.requireNonNull;

import dev.offpeak.shared.queue.FreePlaces;
import dev.offpeak.shared.queue.Pool;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.strategy.WorkDistributionStrategy;
import org.jobrunr.storage.navigation.AmountRequest;

/// Fetches as many tasks of each pool as have places. JobRunr counts a worker only once its thread runs, so that a
/// fetch in between would take too many; here a task counts from the moment it is handed over.
final class ExactWorkStrategy implements WorkDistributionStrategy {

    private final BackgroundJobServer server;
    private final Places places;
    private final BooleanSupplier mayStart;
    private final Map<Pool, Set<Place>> taken = Arrays.stream(Pool.values())
            .collect(Collectors.toUnmodifiableMap(Function.identity(), _ -> ConcurrentHashMap.newKeySet()));
    private volatile boolean draining;

    ExactWorkStrategy(BackgroundJobServer server, Places places, BooleanSupplier mayStart) { // there is no steward yet
        this.server = server;
        this.places = places;
        this.mayStart = mayStart;
    }

    @Override
    public int getWorkerCount() {
        return places.all();
    }

    @Override
    public AmountRequest getWorkPageRequest() {
        boolean closed = draining || !mayStart.getAsBoolean();
        return new FreePlaces(Arrays.stream(Pool.values())
                .collect(Collectors.toMap(Function.identity(), pool -> closed ? 0 : free(pool))));
    }

    private int free(Pool pool) {
        return Math.max(0, places.of(pool) - busy(pool));
    }

    /// Takes a place for a task that is handed over.
    Place claim(Pool pool) {
        var place = new Place(pool);
        taken(pool).add(place);
        return place;
    }

    private Set<Place> taken(Pool pool) {
        return requireNonNull(taken.get(pool)); // there is a set for each
    }

    /// How many tasks of the pool are handed over or running.
    int busy(Pool pool) {
        return taken(pool).size();
    }

    /// How many tasks are handed over, running, or having their end saved.
    int busy() {
        int held = taken.values().stream().mapToInt(Set::size).sum();
        return Math.max(held, server.getJobSteward().getOccupiedWorkerCount());
    }

    /// Fetches nothing more. Unlike a stop or a pause of JobRunr it lets the beats of running tasks go on.
    void drain() {
        draining = true;
    }

    /// Ends a drain. A server that starts again in the middle of one goes on draining.
    void resume() {
        draining = false;
    }

    boolean isDraining() {
        return draining;
    }

    /// Forgets tasks that were handed over to a server that had stopped. Those that run give their places back
    /// themselves, after however many starts of the server.
    void reset() {
        taken.values().forEach(places -> places.removeIf(place -> !place.started));
    }

    /// One task's place.
    final class Place {

        private final Pool pool;
        private volatile boolean started;

        private Place(Pool pool) {
            this.pool = pool;
        }

        void start() {
            started = true;
            taken(pool).add(this); // a thread that comes to run late was taken for dropped
        }

        void giveBack() {
            taken(pool).remove(this);
        }
    }
}
