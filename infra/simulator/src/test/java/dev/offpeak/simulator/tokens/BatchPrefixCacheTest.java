package dev.offpeak.simulator.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.simulator.tokens.PrefixCache.Block;
import dev.offpeak.simulator.tokens.PrefixCache.Effect;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchPrefixCacheTest {
    private static final Instant START = Instant.parse("2026-11-21T12:00:00Z");
    private static final List<Block> HOUR = List.of(new Block(1, 2_000, Duration.ofHours(1)));
    private static final Effect WRITTEN = new Effect(0, 0, 2_000);
    private static final Effect READ = new Effect(2_000, 0, 0);

    private final BatchPrefixCache cache = new BatchPrefixCache(100);

    @Test
    void makesEveryLineOfAColdBatchPayTheWrite() {
        assertThat(line("cold", 0, 1)).isEqualTo(WRITTEN);
        assertThat(line("cold", 0, 60)).isEqualTo(WRITTEN);
    }

    @Test
    void servesABatchThatStartedAfterTheOtherEnded() {
        line("first", 0, 1);
        cache.ended("first", at(10));

        assertThat(line("second", 11, 12)).isEqualTo(READ);
        assertThat(line("second", 11, 13)).isEqualTo(READ);
        assertThat(line("overlapping", 9, 12)).isEqualTo(WRITTEN);
    }

    @Test
    void countsTheLifeFromTheRequestThatWroteAndRenewsItOnReads() {
        line("first", 0, 0);
        cache.ended("first", at(10));

        assertThat(line("second", 11, 3_599)).isEqualTo(READ);
        assertThat(line("second", 11, 3_599 + 3_599)).isEqualTo(READ);
        assertThat(line("second", 11, 3_599 + 3_599 + 3_601)).isEqualTo(WRITTEN);
    }

    private Effect line(String batch, long startedAt, long now) {
        return cache.line(batch, at(startedAt), HOUR, 1_024, at(now));
    }

    private static Instant at(long second) {
        return START.plusSeconds(second);
    }
}
