package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.Rescues;
import dev.offpeak.shared.providerbatches.Rescues.Account;
import dev.offpeak.shared.providers.DirectCapacities;
import dev.offpeak.shared.providers.DirectCapacity;
import dev.offpeak.shared.providers.DirectCapacity.Due;
import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.lanes.RetryRule;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks once a second whether jobs that wait for their lines must be called, and hands over no more of
/// them at a time than will be called within seconds: a line that comes in between saves its call.
final class RescueChore implements Runnable {

    private static final Logger log = LoggerFactory.getLogger(RescueChore.class);

    /// So much of a second's calls is handed over beyond what is under way.
    private static final int SECONDS_AHEAD = 4;

    private static final int MOST_AT_ONCE = 2_000;

    private final Rescues rescues;
    private final DirectCapacities capacities;
    private final PaceStore pace;
    private final RetryRule retries;
    private final RescueSettings settings;
    private final MeterRegistry registry;
    private final Map<ProviderAccount, Long> nextLook = new ConcurrentHashMap<>();

    RescueChore(
            Rescues rescues,
            DirectCapacities capacities,
            PaceStore pace,
            RetryRule retries,
            RescueSettings settings,
            MeterRegistry registry) {
        this.rescues = rescues;
        this.capacities = capacities;
        this.pace = pace;
        this.retries = retries;
        this.settings = settings;
        this.registry = registry;
    }

    @Override
    public void run() {
        rescues.accounts().forEach(this::rescue);
    }

    private void rescue(Account account) {
        DirectCapacity capacity = capacities.of(account.account(), permits(account.account()));
        if (capacity.beginNow(rescues.atWorst(account.account()), settings.margin()) == 0 || justLooked(account)) {
            return;
        }
        // Even if all its lines came first, nothing behind this is late.
        Duration within = capacity.finishes(account.lines()).plus(settings.margin());
        List<Due> due = look(account, within);
        int must = capacity.beginNow(due, settings.margin());
        int room = Math.clamp((long) Math.ceil(capacity.perSecond() * SECONDS_AHEAD), 1, MOST_AT_ONCE)
                - (must == 0 ? 0 : rescues.underWay(account.account()));
        int begun = must == 0 || room <= 0
                ? 0
                : rescues.begin(
                        account.account(), Math.min(must, room), within, capacity.slow(), retries.maxAttempts());
        if (begun > 0) {
            Metric.RESCUES.counter(registry, account.account().shownAs()).increment(begun);
            log.atWarn()
                    .addKeyValue("provider", account.account().shownAs())
                    .addKeyValue("jobs", begun)
                    .addKeyValue("late", must)
                    .addKeyValue("callsPerSecond", capacity.perSecond())
                    .log("Lines of provider batches would come too late; their jobs are called directly");
        }
    }

    /// All that is due counts, which may be much: the database rests twice as long as it has read.
    private List<Due> look(Account account, Duration within) {
        long start = System.nanoTime();
        List<Due> due = rescues.due(account.account(), within, retries.maxAttempts());
        long end = System.nanoTime();
        nextLook.put(account.account(), end + 2 * (end - start));
        return due;
    }

    private boolean justLooked(Account account) {
        Long next = nextLook.get(account.account());
        return next != null && System.nanoTime() - next < 0;
    }

    private int permits(ProviderAccount account) {
        int workers = Math.max(1, pace.read(account, settings.permits()).workers());
        return Math.min(settings.permits(), workers * settings.permitsPerWorker());
    }
}
