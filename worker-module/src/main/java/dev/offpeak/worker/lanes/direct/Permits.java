package dev.offpeak.worker.lanes.direct;

import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.PaceStore.Pace;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/// This worker's part of the calls that all workers together may have in flight. What the workers share is in
/// [PaceStore]
/// and is read once a second; a complaint that this worker hears counts here at once.
final class Permits {

    private static final Logger log = LoggerFactory.getLogger(Permits.class);
    private static final Duration READ_EVERY = Duration.ofSeconds(1);

    private final PaceStore store;
    private final Clock clock;
    private final DirectLaneSettings settings;
    private final MeterRegistry meters;
    private final Map<ProviderAccount, Gate> gates = new ConcurrentHashMap<>();

    Permits(PaceStore store, Clock clock, DirectLaneSettings settings, MeterRegistry meters) {
        this.store = store;
        this.clock = clock;
        this.settings = settings;
        this.meters = meters;
    }

    /// How an attempt to get a permit went.
    sealed interface Grant {

        /// To be closed when the call has ended.
        record Permit(Gate gate) implements Grant, AutoCloseable {
            @Override
            public void close() {
                gate.release();
            }
        }

        /// The provider asked to be left alone.
        record Paused(Duration left) implements Grant {}

        /// All permits are in use.
        record Busy() implements Grant {}
    }

    Grant acquire(ProviderAccount account) throws InterruptedException {
        return gate(account).acquire();
    }

    void slowDown(ProviderAccount account, Duration pause) {
        gate(account).pauseHere(pause);
        store.slowDown(account, pause, settings.permits());
    }

    private Gate gate(ProviderAccount account) {
        return gates.computeIfAbsent(account, key -> {
            var gate = new Gate(key);
            Metric.PROVIDER_PAUSED.gauge(meters, () -> gate.pauseLeft().toMillis() / 1000.0, key.shownAs());
            Metric.PROVIDER_PERMITS.gauge(meters, gate::permits, key.shownAs());
            return gate;
        });
    }

    /// The permits of one account in this worker.
    final class Gate {

        private final ProviderAccount account;
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private Pace pace;
        private Instant pausedUntil = Instant.MIN;
        private Instant readAt = Instant.MIN;
        private int inUse;

        Gate(ProviderAccount account) {
            this.account = account;
            this.pace = new Pace(settings.permits(), Duration.ZERO, 1);
        }

        Grant acquire() throws InterruptedException {
            readIfOld();
            long end = System.nanoTime() + settings.permitWait().toNanos();
            lock.lockInterruptibly();
            try {
                while (true) {
                    Duration left = pauseLeft();
                    if (left.isPositive()) {
                        return new Grant.Paused(left);
                    }
                    if (inUse < pace.share()) {
                        inUse++;
                        return new Grant.Permit(this);
                    }
                    long nanos = end - System.nanoTime();
                    if (nanos <= 0) {
                        return new Grant.Busy();
                    }
                    changed.awaitNanos(Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(100)));
                }
            } finally {
                lock.unlock();
            }
        }

        void release() {
            lock.lock();
            try {
                inUse--;
                changed.signal();
            } finally {
                lock.unlock();
            }
        }

        void pauseHere(Duration pause) {
            lock.lock();
            try {
                Instant until = clock.instant().plus(pause);
                pausedUntil = until.isAfter(pausedUntil) ? until : pausedUntil;
            } finally {
                lock.unlock();
            }
        }

        Duration pauseLeft() {
            lock.lock();
            try {
                Duration left = pausedUntil.equals(Instant.MIN)
                        ? Duration.ZERO
                        : Duration.between(clock.instant(), pausedUntil);
                return left.isNegative() ? Duration.ZERO : left;
            } finally {
                lock.unlock();
            }
        }

        int permits() {
            lock.lock();
            try {
                return pace.permits();
            } finally {
                lock.unlock();
            }
        }

        /// One thread reads, the others go on with what is known.
        private void readIfOld() {
            lock.lock();
            try {
                Instant now = clock.instant();
                if (!readAt.equals(Instant.MIN) && now.isBefore(readAt.plus(READ_EVERY))) {
                    return;
                }
                readAt = now;
            } finally {
                lock.unlock();
            }
            read();
        }

        private void read() {
            try {
                Pace read = store.read(account, settings.permits());
                if (read.permits() < settings.permits()) {
                    store.speedUp(account, settings.permits());
                }
                lock.lock();
                try {
                    pace = read;
                } finally {
                    lock.unlock();
                }
                pauseHere(read.pause());
            } catch (DataAccessException e) {
                log.atWarn()
                        .addKeyValue("provider", account.shownAs())
                        .setCause(e)
                        .log("Could not read the provider's pace; going on with the last one known");
            }
        }
    }
}
