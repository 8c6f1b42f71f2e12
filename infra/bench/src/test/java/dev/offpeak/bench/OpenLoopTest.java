package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class OpenLoopTest {

    @Test
    void spacesArrivalsEvenly() {
        assertThat(OpenLoop.steady(250, 4)).containsExactly(0, 4_000_000, 8_000_000, 12_000_000);
    }

    @Test
    void repeatsScatteredArrivalsForTheSameSeed() {
        long[] due = OpenLoop.scattered(200, 10, 30, new Random(7));

        assertThat(due)
                .isEqualTo(OpenLoop.scattered(200, 10, 30, new Random(7)))
                .isSorted();
        for (int i = 1; i < due.length; i++) {
            assertThat(due[i] - due[i - 1]).isBetween(10_000_000L, 30_000_000L);
        }
    }

    @Test
    void startsEachArrivalThoughEarlierOnesHang() {
        var lastStarted = new CountDownLatch(1);
        var ended = new AtomicInteger();

        OpenLoop.run(OpenLoop.steady(1_000, 20), (number, _) -> {
            if (number == 19) {
                lastStarted.countDown();
            }
            if (released(lastStarted)) {
                ended.incrementAndGet();
            }
        });

        assertThat(ended).hasValue(20);
    }

    private static boolean released(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
