package dev.offpeak.shared.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DebouncerTest {

    @Test
    void runsOnceForManyCallsAndAgainForACallDuringTheRun() throws Exception {
        var runs = new AtomicInteger();
        var began = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        try (var debouncer = new Debouncer("test", Duration.ofMillis(1), () -> {
            began.countDown();
            try {
                mayEnd.await();
            } catch (InterruptedException e) {
                return;
            }
            runs.incrementAndGet();
        })) {
            debouncer.call();
            began.await();
            for (int i = 0; i < 100; i++) {
                debouncer.call();
            }
            mayEnd.countDown();
            await().until(() -> runs.get() == 2);
        }
        assertThat(runs).hasValue(2);
    }

    @Test
    void goesOnAfterAnActionThatFails() {
        var runs = new AtomicInteger();
        try (var debouncer = new Debouncer("test", Duration.ofMillis(1), () -> {
            if (runs.incrementAndGet() == 1) {
                throw new IllegalStateException("the first run fails");
            }
        })) {
            debouncer.call();
            await().until(() -> runs.get() == 1);
            debouncer.call();
            await().until(() -> runs.get() == 2);
        }
    }

    @Test
    void dropsCallsOnceClosed() {
        var debouncer = new Debouncer("test", Duration.ofMillis(1), () -> {});
        debouncer.close();

        debouncer.call();
    }
}
