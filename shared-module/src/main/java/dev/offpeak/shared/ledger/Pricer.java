package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.ledger.Pricing.Part;
import dev.offpeak.shared.ledger.Pricing.Priced;
import dev.offpeak.shared.ledger.Pricing.Unpriced;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Multiplies tokens by rates, and says which rate is missing.
final class Pricer {

    private Pricer() {}

    static Pricing price(Price price, Usage usage, Tariff tariff) {
        try {
            return priced(price, usage, tariff);
        } catch (NoRate missing) {
            return new Unpriced(price.id() + " has no " + tariff.name().toLowerCase(Locale.ROOT) + " rate for "
                    + missing.kind.name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
    }

    private static Priced priced(Price price, Usage usage, Tariff tariff) throws NoRate {
        Rates standard = price.rates(Tariff.STANDARD, usage.inputTokens());
        Rates rates = price.rates(tariff, usage.inputTokens());
        Usd list = sum(withoutCache(usage, standard));
        Usd uncached = sum(withoutCache(usage, rates));
        List<Part> parts = parts(usage, rates);
        Usd billed = sum(parts);

        var lines = new ArrayList<CostLine>();
        lines.add(new CostLine(CostLine.LIST, list));
        switch (tariff) {
            case STANDARD -> {}
            case FLEX -> addUnlessZero(lines, CostLine.FLEX_DISCOUNT, uncached.minus(list));
            case BATCH -> addUnlessZero(lines, CostLine.BATCH_DISCOUNT, uncached.minus(list));
        }
        addUnlessZero(lines, CostLine.PROMPT_CACHE, billed.minus(uncached));
        return new Priced(price, tariff, list, billed, parts, lines);
    }

    private static List<Part> withoutCache(Usage usage, Rates rates) throws NoRate {
        var parts = new ArrayList<Part>();
        add(parts, Part.Kind.INPUT, usage.inputTokens(), rates.input());
        add(parts, Part.Kind.OUTPUT, usage.outputTokens(), rates.output());
        return parts;
    }

    private static List<Part> parts(Usage usage, Rates rates) throws NoRate {
        var parts = new ArrayList<Part>();
        add(parts, Part.Kind.INPUT, usage.plainInputTokens(), rates.input());
        add(parts, Part.Kind.CACHED_INPUT, usage.cachedInputTokens(), rates.cachedInput());
        add(parts, Part.Kind.CACHE_WRITE_5M, usage.cacheWrite5mTokens(), rates.cacheWrite5m());
        add(parts, Part.Kind.CACHE_WRITE_1H, usage.cacheWrite1hTokens(), rates.cacheWrite1h());
        add(parts, Part.Kind.OUTPUT, usage.outputTokens(), rates.output());
        return parts;
    }

    private static void add(List<Part> parts, Part.Kind kind, long tokens, @Nullable BigDecimal rate) throws NoRate {
        if (tokens == 0) {
            return;
        }
        if (rate == null) {
            throw new NoRate(kind);
        }
        parts.add(new Part(kind, tokens, rate, cost(tokens, rate)));
    }

    private static void addUnlessZero(List<CostLine> lines, String kind, Usd usd) {
        if (!usd.isZero()) {
            lines.add(new CostLine(kind, usd));
        }
    }

    private static Usd cost(long tokens, BigDecimal ratePerMillion) {
        return new Usd(ratePerMillion.multiply(BigDecimal.valueOf(tokens)).movePointLeft(6));
    }

    private static Usd sum(List<Part> parts) {
        return parts.stream().map(Part::usd).reduce(Usd.ZERO, Usd::plus);
    }

    private static final class NoRate extends Exception {

        private static final long serialVersionUID = 1L;
        private final Part.Kind kind;

        NoRate(Part.Kind kind) {
            this.kind = kind;
        }
    }
}
