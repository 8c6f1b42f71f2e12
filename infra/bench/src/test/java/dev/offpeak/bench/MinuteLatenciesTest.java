package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class MinuteLatenciesTest {

    private final MinuteLatencies latencies = new MinuteLatencies(4);

    @Test
    void tellsThePercentileOfAllDurationsOfAWindow() {
        record(0, 1, 98);
        record(1, 500, 2); // 2 of 100 in its window, though all of its minute
        record(3, 900, 1);

        assertThat(latencies.over(Window.first(2)).percentileMillis(50)).isCloseTo(1, within(0.1));
        assertThat(latencies.over(Window.first(2)).percentileMillis(99)).isCloseTo(500, within(1.0));
        assertThat(latencies.over(Window.last(2, 4)).count()).isOne();
    }

    @Test
    void countsWhatComesLateAsOfTheLastMinute() {
        record(9, 7, 1);

        assertThat(latencies.minute(3).count()).isOne();
    }

    private void record(int minute, long millis, int times) {
        for (int i = 0; i < times; i++) {
            latencies.record(minute, Duration.ofMillis(millis));
        }
    }
}
