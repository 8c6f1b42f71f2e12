package dev.offpeak.shared.ledger;

import java.math.BigDecimal;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a million tokens of each kind cost, in US dollars; null where that is unknown or does not apply, never zero.
public record Rates(
        @Nullable BigDecimal input,
        @Nullable BigDecimal cachedInput,
        @Nullable BigDecimal cacheWrite5m,
        @Nullable BigDecimal cacheWrite1h,
        @Nullable BigDecimal output) {

    /// Decimals of a rate for which the cost of a single token still has at most twelve.
    private static final int FINEST = 6;

    public Rates {
        Stream.of(new @Nullable BigDecimal[] {input, cachedInput, cacheWrite5m, cacheWrite1h, output})
                .forEach(Rates::check);
    }

    private static void check(@Nullable BigDecimal rate) {
        if (rate == null) {
            return;
        }
        if (rate.signum() < 0) {
            throw new IllegalArgumentException("negative rate: " + rate);
        }
        if (rate.stripTrailingZeros().scale() > FINEST) {
            throw new IllegalArgumentException("finer than 1e-12 USD a token: " + rate);
        }
    }

    Rates times(BigDecimal inputFactor, BigDecimal outputFactor) {
        return new Rates(
                scaled(input, inputFactor),
                scaled(cachedInput, inputFactor),
                scaled(cacheWrite5m, inputFactor),
                scaled(cacheWrite1h, inputFactor),
                scaled(output, outputFactor));
    }

    private static @Nullable BigDecimal scaled(@Nullable BigDecimal rate, BigDecimal factor) {
        return rate == null ? null : rate.multiply(factor);
    }
}
