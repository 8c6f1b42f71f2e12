package dev.offpeak.simulator.models;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The prices of one model from a day on, in USD for one million tokens. Null is unknown or not applicable.
/// Above `longFrom` prompt tokens, input prices are multiplied by `longInput` and the output price by
/// `longOutput`.
record PriceRow(
        Provider provider,
        String model,
        List<String> aliases,
        @Nullable LocalDate effectiveFrom,
        boolean trusted,
        @Nullable BigDecimal input,
        @Nullable BigDecimal cachedInput,
        @Nullable BigDecimal cacheWrite5m,
        @Nullable BigDecimal cacheWrite1h,
        @Nullable BigDecimal output,
        @Nullable BigDecimal batchInput,
        @Nullable BigDecimal batchCachedInput,
        @Nullable BigDecimal batchOutput,
        long longFrom,
        BigDecimal longInput,
        BigDecimal longOutput) {

    private static final BigDecimal HALF = new BigDecimal("0.5");

    boolean appliesOn(LocalDate day) {
        return trusted && (effectiveFrom == null || !effectiveFrom.isAfter(day));
    }

    /// As the flex tier bills it: half of everything, what the prompt cache saves included.
    @Nullable BigDecimal flexCost(Usage usage) {
        BigDecimal list = batchInput == null ? null : cost(usage, false);
        return list == null ? null : list.multiply(HALF);
    }

    /// The exact bill, or null where a price that it needs is not known.
    @Nullable BigDecimal cost(Usage usage, boolean batch) {
        boolean isLong = usage.input() > longFrom;
        BigDecimal in = isLong ? longInput : BigDecimal.ONE;
        BigDecimal out = isLong ? longOutput : BigDecimal.ONE;
        var parts = new BigDecimal[] {
            part(usage.plainInput(), batch ? batchInput : input, in),
            part(usage.cachedInput(), batch ? batchCachedInput : cachedInput, in),
            part(usage.cacheWrite5m(), batch ? half(cacheWrite5m) : cacheWrite5m, in),
            part(usage.cacheWrite1h(), batch ? half(cacheWrite1h) : cacheWrite1h, in),
            part(usage.output(), batch ? batchOutput : output, out)
        };
        BigDecimal sum = BigDecimal.ZERO;
        for (BigDecimal part : parts) {
            if (part == null) {
                return null;
            }
            sum = sum.add(part);
        }
        return sum;
    }

    private static @Nullable BigDecimal half(@Nullable BigDecimal price) {
        return price == null ? null : price.multiply(HALF);
    }

    private static @Nullable BigDecimal part(long tokens, @Nullable BigDecimal perMillion, BigDecimal factor) {
        if (tokens == 0) {
            return BigDecimal.ZERO;
        }
        return perMillion == null
                ? null
                : perMillion
                        .multiply(factor)
                        .multiply(BigDecimal.valueOf(tokens))
                        .movePointLeft(6);
    }
}
