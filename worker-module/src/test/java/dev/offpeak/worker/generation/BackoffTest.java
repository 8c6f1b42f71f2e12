package dev.offpeak.worker.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {

    private final Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60), new Random(7));

    @Test
    void staysBelowABoundThatDoublesUpToTheCap() {
        for (int attempt = 1; attempt <= 100; attempt++) {
            long bound = Math.min(60_000, 1000L << Math.min(attempt - 1, 30));
            for (int draw = 0; draw < 50; draw++) {
                assertThat(backoff.after(attempt)).isBetween(Duration.ZERO, Duration.ofMillis(bound));
            }
        }
    }

    @Test
    void spreadsOverTheWholeRangeSoThatRetriesDoNotMeet() {
        var draws = java.util.stream.Stream.generate(() -> backoff.after(6))
                .limit(500)
                .toList();

        assertThat(draws).anyMatch(delay -> delay.toMillis() < 4_000).anyMatch(delay -> delay.toMillis() > 28_000);
    }

    @Test
    void neverShortensAPauseThatSomebodyAskedFor() {
        for (int draw = 0; draw < 200; draw++) {
            assertThat(backoff.atLeast(Duration.ofSeconds(2))).isBetween(Duration.ofSeconds(2), Duration.ofSeconds(3));
        }
    }
}
