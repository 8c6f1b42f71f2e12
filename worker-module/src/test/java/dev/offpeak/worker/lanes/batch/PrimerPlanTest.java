package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.ledger.Rates;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PrimerPlanTest {

    /// claude-opus-4-6 in batches: half of 5, 0.5, 10 and 25.
    private static final Rates OPUS = rates("2.5", "0.25", "5", "12.5");

    private static final Duration WAIT = Duration.ofMinutes(10);

    private static Rates rates(String input, String cached, @Nullable String write, String output) {
        return new Rates(
                new BigDecimal(input),
                new BigDecimal(cached),
                null,
                write == null ? null : new BigDecimal(write),
                new BigDecimal(output));
    }

    private static PrimerPlan.Case batch(int lines, long prefix, @Nullable Duration timeLeft, Rates rates) {
        return new PrimerPlan.Case(lines, prefix, 4_096, 32, timeLeft, WAIT, rates);
    }

    @Test
    void paysFromThreeLinesOn() {
        assertThat(PrimerPlan.pays(batch(2, 11_400, null, OPUS))).isFalse();
        assertThat(PrimerPlan.pays(batch(3, 11_400, null, OPUS))).isTrue();
    }

    @Test
    void takesAPrefixThatTheProviderKeeps() {
        assertThat(PrimerPlan.pays(batch(100, 4_095, null, OPUS))).isFalse();
        assertThat(PrimerPlan.pays(batch(100, 4_096, null, OPUS))).isTrue();
    }

    @Test
    void leavesTheBatchAsMuchTimeAsThePrimerMayTake() {
        assertThat(PrimerPlan.pays(batch(100, 5_000, Duration.ofMinutes(19), OPUS)))
                .isFalse();
        assertThat(PrimerPlan.pays(batch(100, 5_000, Duration.ofMinutes(20), OPUS)))
                .isTrue();
    }

    @Test
    void plansNothingWithoutAPrice() {
        assertThat(PrimerPlan.pays(batch(100, 5_000, null, rates("2.5", "0.25", null, "12.5"))))
                .isFalse();
        assertThat(PrimerPlan.pays(batch(100, 5_000, null, new Rates(null, null, null, null, null))))
                .isFalse();
    }

    @Test
    void plansNothingWhereTheCacheSavesNothing() {
        assertThat(PrimerPlan.pays(batch(100_000, 50_000, null, rates("0.075", "0.075", "0.15", "0.3"))))
                .isFalse();
    }

    /// Against the bill, reckoned line by line.
    @ParameterizedTest
    @MethodSource("generated")
    void goesFirstExactlyWhereTheBillIsSmaller(PrimerPlan.Case batch) {
        Rates rates = batch.rates();
        BigDecimal without = BigDecimal.ZERO;
        BigDecimal with = times(batch.prefixTokens(), rates.cacheWrite1h())
                .add(times(batch.stubTokens(), max(rates.input(), rates.output())));
        for (int line = 0; line < batch.lines(); line++) {
            without = without.add(times(batch.prefixTokens(), rates.input()));
            with = with.add(times(batch.prefixTokens(), rates.cachedInput()));
        }

        assertThat(PrimerPlan.pays(batch)).isEqualTo(with.compareTo(without) < 0);
    }

    private static BigDecimal times(long tokens, @Nullable BigDecimal rate) {
        return BigDecimal.valueOf(tokens).multiply(rate == null ? BigDecimal.ZERO : rate);
    }

    private static BigDecimal max(@Nullable BigDecimal one, @Nullable BigDecimal other) {
        BigDecimal first = one == null ? BigDecimal.ZERO : one;
        return other == null ? first : first.max(other);
    }

    static Stream<PrimerPlan.Case> generated() {
        var random = new Random(11);
        return Stream.generate(() -> {
                    BigDecimal input = BigDecimal.valueOf(1 + random.nextInt(500), 2);
                    return new PrimerPlan.Case(
                            1 + random.nextInt(20),
                            4_096 + random.nextInt(20_000),
                            4_096,
                            random.nextInt(100),
                            null,
                            WAIT,
                            new Rates(
                                    input,
                                    input.multiply(BigDecimal.valueOf(random.nextInt(11), 1)),
                                    null,
                                    input.multiply(BigDecimal.valueOf(10 + random.nextInt(20), 1)),
                                    input.multiply(BigDecimal.valueOf(5))));
                })
                .limit(500);
    }
}
