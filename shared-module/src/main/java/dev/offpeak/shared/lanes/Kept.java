package dev.offpeak.shared.lanes;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// A value that is read again when it is old. One thread reads, the others go on with what is known; so do
/// all while it cannot be read.
final class Kept<T> {

    private static final Logger log = LoggerFactory.getLogger(Kept.class);

    private final Supplier<T> read;
    private final Duration freshFor;
    private final Clock clock;
    private final ReentrantLock reading = new ReentrantLock();
    private volatile Read<T> known;

    private record Read<T>(T value, Instant old) {}

    /// @param before what holds until it was read for the first time
    Kept(Supplier<T> read, T before, Duration freshFor, Clock clock) {
        this.read = read;
        this.freshFor = freshFor;
        this.clock = clock;
        this.known = new Read<>(before, Instant.MIN);
    }

    T get() {
        if (clock.instant().isBefore(known.old()) || !reading.tryLock()) {
            return known.value();
        }
        try {
            Instant now = clock.instant();
            if (!now.isBefore(known.old())) {
                known = new Read<>(known.value(), now.plus(freshFor)); // a read that fails is not repeated at once
                known = new Read<>(read.get(), now.plus(freshFor));
            }
        } catch (DataAccessException | TransactionException away) {
            log.atWarn().setCause(away).log("Could not read how long lanes take; what was known last goes on to hold");
        } finally {
            reading.unlock();
        }
        return known.value();
    }
}
