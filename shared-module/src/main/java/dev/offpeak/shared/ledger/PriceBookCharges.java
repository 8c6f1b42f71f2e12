package dev.offpeak.shared.ledger;

import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import java.time.Clock;
import java.util.List;
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
    public Charge direct(ProviderAccount account, String asked, String answered, Usage usage) {
        Pricing pricing = book.find(account.provider(), asked, answered, clock.instant())
                .map(price -> Pricing.of(price, usage, Tariff.STANDARD))
                .orElseGet(() -> new Pricing.Unpriced("no price for this model on this day"));
        return switch (pricing) {
            case Pricing.Priced priced ->
                new Charge(priced.billed(), priced.list(), priced.price().id(), priced.lines());
            case Pricing.Unpriced(String reason) -> {
                LOG.atWarn()
                        .addKeyValue("provider", account.provider())
                        .addKeyValue("model", asked)
                        .addKeyValue("reason", reason)
                        .log("A call has no price; its cost is missing from the bill until a price is added");
                yield Charge.UNPRICED;
            }
        };
    }

    @Override
    public Charge atMost(ProviderAccount account, String model, Usage most) {
        return book.find(account.provider(), model, clock.instant())
                .flatMap(price -> CostEstimate.upperBound(
                                price, most.inputTokens(), most.outputTokens(), Tariff.STANDARD)
                        .map(bound ->
                                new Charge(bound, bound, price.id(), List.of(new CostLine(CostLine.LIST, bound)))))
                .orElse(Charge.UNPRICED);
    }
}
