package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a request may cost at most: its whole prompt at the dearest rate that it can meet, its whole output limit used.
public final class CostEstimate {

    private CostEstimate() {}

    /// @param inputTokens an estimate from above, as of [dev.offpeak.shared.providers.TokenEstimate]
    /// @return empty where the price lacks a rate that is needed
    public static Optional<Usd> upperBound(Price price, long inputTokens, long maxOutputTokens, Tariff tariff) {
        Rates rates = price.rates(tariff, inputTokens);
        Usage plain = Usage.of(inputTokens, maxOutputTokens);
        // OpenAI writes to its prompt cache unasked, at more than the price of plain input; Anthropic when told to.
        Usage dearest = price.provider().equals(ProviderSettings.OPENAI) && dearer(rates.cacheWrite5m(), rates.input())
                ? new Usage(inputTokens, 0, inputTokens, 0, maxOutputTokens)
                : plain;
        return switch (Pricing.of(price, dearest, tariff)) {
            case Pricing.Priced priced -> Optional.of(priced.billed());
            case Pricing.Unpriced _ -> Optional.empty();
        };
    }

    private static boolean dearer(@Nullable BigDecimal rate, @Nullable BigDecimal than) {
        return rate != null && than != null && rate.compareTo(than) > 0;
    }
}
