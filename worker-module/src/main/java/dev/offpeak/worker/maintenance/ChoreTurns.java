package dev.offpeak.worker.maintenance;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// When a chore is done: at the first look of a worker that has become the leader, and then once in a while.
final class ChoreTurns implements Runnable {

    private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

    private final Housekeeping chore;
    private final Leadership leadership;
    private @Nullable Long last; // when a turn began, by System.nanoTime(); looks follow one another

    ChoreTurns(Housekeeping chore, Leadership leadership) {
        this.chore = chore;
        this.leadership = leadership;
    }

    /// The pause between two looks.
    Duration look() {
        return chore.every().compareTo(LONGEST_LOOK) < 0 ? chore.every() : LONGEST_LOOK;
    }

    @Override
    public void run() {
        if (!leadership.held()) {
            last = null;
            return;
        }
        long now = System.nanoTime();
        if (last == null
                || look().equals(chore.every())
                || now - last >= chore.every().toNanos()) {
            last = now;
            chore.tidy();
        }
    }
}
