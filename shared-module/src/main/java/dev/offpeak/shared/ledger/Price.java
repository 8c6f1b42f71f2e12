package dev.offpeak.shared.ledger;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a model costs from a day on.
///
/// @param aliases other names of the same model, dated snapshots most of all
/// @param effectiveFrom the first day (UTC), null for since ever
/// @param standard for a call now
/// @param batch for a line of a provider batch
public record Price(
        String provider,
        String model,
        List<String> aliases,
        @Nullable LocalDate effectiveFrom,
        Rates standard,
        Rates batch,
        Optional<LongContext> longContext) {

    private static final BigDecimal FLEX_CACHED_FACTOR = new BigDecimal("0.5");

    /// Dearer rates for the whole request once its prompt is longer than a limit.
    ///
    /// @param above the longest prompt, in tokens, that still has the plain rates
    /// @param inputFactor for everything of the prompt, cached or not
    public record LongContext(long above, BigDecimal inputFactor, BigDecimal outputFactor) {}

    public Price {
        aliases = List.copyOf(aliases);
        longContext.ifPresent(factors -> {
            // Fails here, at the start, where a rate would become too fine.
            standard.times(factors.inputFactor(), factors.outputFactor());
            batch.times(factors.inputFactor(), factors.outputFactor());
        });
    }

    /// As in a batch, but that cached tokens always keep their discount: some models have none in batches.
    private Rates flex() {
        BigDecimal cached = standard.cachedInput();
        return new Rates(
                batch.input(),
                cached == null ? null : cached.multiply(FLEX_CACHED_FACTOR),
                batch.cacheWrite5m(),
                batch.cacheWrite1h(),
                batch.output());
    }

    /// Names this row in ledger entries, for good: `openai/gpt-4o-mini/since-ever`, `openai/gpt-5.6-luna/2026-07-30`.
    public String id() {
        return provider + "/" + model + "/" + (effectiveFrom == null ? "since-ever" : effectiveFrom);
    }

    /// The rates for a prompt of that many tokens.
    public Rates rates(Tariff tariff, long inputTokens) {
        Rates plain = switch (tariff) {
            case STANDARD -> standard;
            case FLEX -> flex();
            case BATCH -> batch;
        };
        return longContext
                .filter(limit -> inputTokens > limit.above())
                .map(limit -> plain.times(limit.inputFactor(), limit.outputFactor()))
                .orElse(plain);
    }
}
