package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.Usage;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Charges by the prices of the day.
final class PriceBookCharges implements Charges {

    private static final Logger LOG = LoggerFactory.getLogger(PriceBookCharges.class);

    private final PriceBook book;
    private final Clock clock;

    PriceBookCharges(PriceBook book, Clock clock) {
        this.book = book;
        this.clock = clock;
    }

    @Override
    public Charge direct(ProviderAccount account, String asked, String answered, Usage usage, ServiceTier servedAs) {
        return switch (servedAs) {
            case DEFAULT -> charge(account, asked, answered, usage, Tariff.STANDARD);
            case FLEX -> charge(account, asked, answered, usage, Tariff.FLEX);
            case OTHER -> unpriced(account, asked, "no price for the tier that the answer names");
        };
    }

    @Override
    public Charge batch(ProviderAccount account, String asked, String answered, Usage usage) {
        return charge(account, asked, answered, usage, Tariff.BATCH);
    }

    @Override
    public Charge atMost(ProviderAccount account, String model, Usage most) {
        return book.find(account.provider(), model, clock.instant())
                .flatMap(price -> bound(price, most, Tariff.STANDARD).map(bound -> charge(price, bound)))
                .orElse(Charge.UNPRICED);
    }

    @Override
    public Charge atMostInBatch(ProviderAccount account, String model, Usage most) {
        return book.find(account.provider(), model, clock.instant())
                .flatMap(price -> Stream.of(bound(price, most, Tariff.BATCH), asTold(price, most))
                        .flatMap(Optional::stream)
                        .max(Comparator.naturalOrder())
                        .map(bound -> charge(price, bound)))
                .orElse(Charge.UNPRICED);
    }

    private Charge charge(ProviderAccount account, String asked, String answered, Usage usage, Tariff tariff) {
        Pricing pricing = book.find(account.provider(), asked, answered, clock.instant())
                .map(price -> Pricing.of(price, usage, tariff))
                .orElseGet(() -> new Pricing.Unpriced("no price for this model on this day"));
        return switch (pricing) {
            case Pricing.Priced priced ->
                new Charge(priced.billed(), priced.list(), priced.price().id(), priced.lines());
            case Pricing.Unpriced(String reason) -> unpriced(account, asked, reason);
        };
    }

    private static Charge unpriced(ProviderAccount account, String asked, String reason) {
        LOG.atWarn()
                .addKeyValue("provider", account.provider())
                .addKeyValue("model", asked)
                .addKeyValue("reason", reason)
                .log("A call or line has no price; its cost is missing from the bill until a price is added");
        return Charge.UNPRICED;
    }

    private static Optional<Usd> bound(Price price, Usage most, Tariff tariff) {
        return CostEstimate.upperBound(price, most.inputTokens(), most.outputTokens(), tariff);
    }

    /// A prefix that the provider is told to keep costs more than plain input.
    private static Optional<Usd> asTold(Price price, Usage most) {
        return switch (Pricing.of(price, most, Tariff.BATCH)) {
            case Pricing.Priced priced -> Optional.of(priced.billed());
            case Pricing.Unpriced _ -> Optional.empty();
        };
    }

    private static Charge charge(Price price, Usd bound) {
        return new Charge(bound, bound, price.id(), List.of(new CostLine(CostLine.LIST, bound)));
    }
}
