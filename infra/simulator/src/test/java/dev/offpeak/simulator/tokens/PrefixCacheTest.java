package dev.offpeak.simulator.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {
    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final Duration SHORT = Duration.ofMinutes(5);

    private final PrefixCache cache = new PrefixCache(10_000);

    @Test
    void readsARepeatedPrefixInStepsOf128() {
        assertThat(openai(prompt(1_300, 7), NOON).read()).isZero();
        assertThat(openai(prompt(1_300, 7), NOON).read()).isEqualTo(1_280);
        assertThat(openai(prompt(1_200, 7), NOON).read()).isEqualTo(1_152);
    }

    @Test
    void readsOnlyAsFarAsThePromptsAgree() {
        int[] other = prompt(2_000, 7);
        other[1_100] = -5;

        openai(prompt(2_000, 7), NOON);

        assertThat(openai(other, NOON).read()).isEqualTo(1_024);
    }

    @Test
    void forgetsAnIdlePrefix() {
        openai(prompt(1_300, 7), NOON);

        assertThat(openai(prompt(1_300, 7), NOON.plus(PrefixCache.OPENAI_IDLE)).read())
                .isZero();
    }

    @Test
    void countsWritesWhereTheModelChargesThem() {
        PrefixCache.Effect first = cache.openai("gpt-5.6-sol", prompt(1_300, 7), 1_024, true, NOON);
        PrefixCache.Effect second = cache.openai("gpt-5.6-sol", prompt(1_500, 7), 1_024, true, NOON);

        assertThat(first).isEqualTo(new PrefixCache.Effect(0, 1_280, 0));
        assertThat(second).isEqualTo(new PrefixCache.Effect(1_280, 128, 0));
    }

    @Test
    void writesABreakpointAndReadsItBackWhenTheFirstAnswerHasBegun() {
        List<PrefixCache.Block> blocks = List.of(block(1, 2_000, SHORT), block(2, 2_100, Duration.ZERO));
        Instant answered = NOON.plusSeconds(2);

        assertThat(cache.anthropic(blocks, 1_024, NOON, answered)).isEqualTo(new PrefixCache.Effect(0, 2_000, 0));
        assertThat(cache.anthropic(blocks, 1_024, NOON.plusSeconds(1), answered))
                .isEqualTo(new PrefixCache.Effect(0, 2_000, 0));
        assertThat(cache.anthropic(blocks, 1_024, answered.plusSeconds(1), answered))
                .isEqualTo(new PrefixCache.Effect(2_000, 0, 0));
    }

    @Test
    void splitsWritesByTheirLifeAndLeavesShortPrefixesAlone() {
        List<PrefixCache.Block> blocks = List.of(
                block(1, 100, Duration.ofHours(1)), block(2, 2_000, Duration.ofHours(1)), block(3, 2_500, SHORT));

        assertThat(cache.anthropic(blocks, 1_024, NOON, NOON)).isEqualTo(new PrefixCache.Effect(0, 500, 2_000));
    }

    @Test
    void aReadRenewsTheLife() {
        List<PrefixCache.Block> blocks = List.of(block(1, 2_000, SHORT));
        cache.anthropic(blocks, 1_024, NOON, NOON);
        cache.anthropic(blocks, 1_024, NOON.plusSeconds(200), NOON);

        assertThat(cache.anthropic(blocks, 1_024, NOON.plusSeconds(400), NOON).read())
                .isEqualTo(2_000);
        assertThat(cache.anthropic(blocks, 1_024, NOON.plusSeconds(700), NOON).read())
                .isZero();
    }

    private PrefixCache.Effect openai(int[] prompt, Instant at) {
        return cache.openai("gpt-4o", prompt, 1_024, false, at);
    }

    private static int[] prompt(int length, int start) {
        return IntStream.range(start, start + length).toArray();
    }

    private static PrefixCache.Block block(long hash, long upTo, Duration keep) {
        return new PrefixCache.Block(hash, upTo, keep);
    }
}
