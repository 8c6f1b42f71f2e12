package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.util.List;

/// What one unit that a provider bills costs.
public sealed interface Pricing {

    /// @param list all tokens at the standard rate, without any cache
    /// @param billed what the provider bills
    /// @param parts where `billed` comes from; they sum to it
    /// @param lines from `list` to `billed`; they sum to `billed`
    record Priced(Price price, Tariff tariff, Usd list, Usd billed, List<Part> parts, List<CostLine> lines)
            implements Pricing {

        public Priced {
            parts = List.copyOf(parts);
            lines = List.copyOf(lines);
        }
    }

    /// Something was billed that has no price. The bill is incomplete; it is not zero.
    ///
    /// @param reason for operators
    record Unpriced(String reason) implements Pricing {}

    /// @param ratePerMillion in US dollars
    record Part(Kind kind, long tokens, BigDecimal ratePerMillion, Usd usd) {

        /// The kinds of tokens that providers tell apart.
        public enum Kind {
            INPUT,
            CACHED_INPUT,
            CACHE_WRITE_5M,
            CACHE_WRITE_1H,
            OUTPUT
        }
    }

    /// Exact: nothing is rounded.
    static Pricing of(Price price, Usage usage, Tariff tariff) {
        return Pricer.price(price, usage, tariff);
    }
}
