package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Debouncer;
import dev.offpeak.shared.queue.TxPostgresStorageProvider;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.server.JobSteward;
import org.jobrunr.utils.mapper.JsonMapper;

/// JobRunr's server, which fetches at once when it is told that something was enqueued.
final class WakeableServer extends BackgroundJobServer implements AutoCloseable {

    private static final Duration WINDOW = Duration.ofMillis(10);
    private static final int TRIES = 5;
    private static final long BETWEEN_TRIES = 5_000_000; // nanoseconds

    private final TxPostgresStorageProvider store;
    private final Debouncer debouncer = new Debouncer("offpeak-wake", WINDOW, this::wake);

    WakeableServer(
            TxPostgresStorageProvider store,
            JsonMapper json,
            JobActivator activator,
            BackgroundJobServerConfiguration configuration) {
        super(store, json, activator, configuration);
        this.store = store;
    }

    @Override
    protected JobSteward createJobSteward() { // called by super(): touch no field of ours
        return new WakeableSteward(this);
    }

    /// What was claimed before a stop and not begun never ran; the strategy outlives the restart.
    @Override
    public void start(boolean guard) {
        if (!isRunning()) {
            exact().reset();
        }
        super.start(guard);
    }

    ExactWorkStrategy exact() {
        return (ExactWorkStrategy) getWorkDistributionStrategy();
    }

    /// A fetch follows that begins after this call; many calls share one.
    void wakeSoon() {
        debouncer.call();
    }

    /// Interrupts what runs: whoever calls this has waited. A stop that JobRunr itself decides on interrupts
    /// nobody.
    void stopNow() {
        ((ExactWorkerPolicy) getConfiguration().getBackgroundJobServerWorkerPolicy())
                .threads()
                .interrupt();
        stop();
    }

    long fetchStarts() {
        return store.fetchStarts();
    }

    /// Ends once a fetch began after this call, or after about 25 ms. A fetch under way may have begun its SELECT
    /// before the commit that we were told of, and while it runs ours does nothing, silently: hence the counter and
    /// the tries.
    private void wake() {
        long seen = store.fetchStarts();
        for (int i = 0; i < TRIES && isAnnounced() && store.fetchStarts() == seen; i++) {
            ((WakeableSteward) getJobSteward()).onboard();
            if (store.fetchStarts() == seen) {
                LockSupport.parkNanos(BETWEEN_TRIES);
            }
        }
    }

    @Override
    public void close() {
        debouncer.close();
    }
}
