package dev.offpeak.worker.maintenance;

import java.time.Duration;

/// Something to be put in order now and then, by one worker at a time.
public interface Housekeeping {

    /// A word for logs.
    String name();

    /// The pause between two runs. The first comes within seconds after a worker has become the one that does it, so
    /// that a process which runs for an hour a day tidies too.
    Duration every();

    void tidy();

    static Housekeeping of(String name, Duration every, Runnable tidy) {
        return new Housekeeping() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public Duration every() {
                return every;
            }

            @Override
            public void tidy() {
                tidy.run();
            }
        };
    }
}
