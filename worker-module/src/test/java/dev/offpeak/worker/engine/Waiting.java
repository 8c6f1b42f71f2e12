package dev.offpeak.worker.engine;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.Callable;

/// How often these tests look at the edge to JobRunr's threads.
final class Waiting {

    private Waiting() {}

    static void until(Callable<Boolean> condition) {
        await().pollInterval(Duration.ofMillis(10)).until(condition);
    }
}
