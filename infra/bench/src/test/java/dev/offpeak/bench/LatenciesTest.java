package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    @Test
    void tellsPercentilesInMilliseconds() {
        var latencies = new Latencies();
        for (int i = 1; i <= 1_000; i++) {
            latencies.record(Duration.ofMillis(i));
        }

        assertThat(latencies.count()).isEqualTo(1_000);
        assertThat(latencies.percentileMillis(50)).isCloseTo(500, within(1.0));
        assertThat(latencies.percentileMillis(99)).isCloseTo(990, within(1.0));
        assertThat(latencies.summary().path("max_ms").asDouble()).isCloseTo(1_000, within(1.0));
    }

    @Test
    void saysOnlyThatThereWasNothing() {
        assertThat(new Latencies().summary().propertyNames()).containsExactly("n");
    }
}
