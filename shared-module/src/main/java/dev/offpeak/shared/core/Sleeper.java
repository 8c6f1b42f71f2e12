package dev.offpeak.shared.core;

import java.time.Duration;

/// Waits. Handed in, so that a test need not.
@FunctionalInterface
public interface Sleeper {

    void sleep(Duration duration) throws InterruptedException;
}
