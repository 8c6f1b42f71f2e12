package dev.offpeak.shared.ledger;

import static dev.offpeak.shared.providers.ServiceTier.DEFAULT;
import static dev.offpeak.shared.providers.ServiceTier.FLEX;
import static dev.offpeak.shared.providers.ServiceTier.OTHER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class PriceBookChargesTest {

    private static final ProviderAccount SIMULATED = new ProviderAccount("openai", "default", true);

    private final Charges charges =
            new PriceBookCharges(PriceFile.read(), Clock.fixed(Instant.parse("2026-11-21T12:00:00Z"), ZoneOffset.UTC));

    @Test
    void chargesASimulatedCallLikeARealOne() {
        assertThat(charges.direct(SIMULATED, "gpt-4o-mini", "gpt-4o-mini", new Usage(1_000, 600, 0, 0, 200), DEFAULT))
                .isEqualTo(new Charge(
                        Usd.of("0.000225"),
                        Usd.of("0.00027"),
                        "openai/gpt-4o-mini/since-ever",
                        List.of(
                                new CostLine(CostLine.LIST, Usd.of("0.00027")),
                                new CostLine(CostLine.PROMPT_CACHE, Usd.of("-0.000045")))));
    }

    @Test
    void chargesNothingItDoesNotKnow() {
        assertThat(charges.direct(SIMULATED, "mystery", "mystery", Usage.of(1, 1), DEFAULT))
                .isEqualTo(Charge.UNPRICED);
        assertThat(charges.direct(SIMULATED, "gpt-3.5-turbo", "gpt-3.5-turbo", new Usage(10, 5, 0, 0, 1), DEFAULT))
                .isEqualTo(Charge.UNPRICED);
    }

    @Test
    void chargesAFlexAnswerAtTheBatchRatesWithTheCachesDiscount() {
        assertThat(charges.direct(SIMULATED, "o3", "o3-2025-04-16", new Usage(1_000, 600, 0, 0, 200), FLEX))
                .isEqualTo(new Charge(
                        Usd.of("0.00135"),
                        Usd.of("0.0036"),
                        "openai/o3/2025-06-10",
                        List.of(
                                new CostLine(CostLine.LIST, Usd.of("0.0036")),
                                new CostLine(CostLine.FLEX_DISCOUNT, Usd.of("-0.0018")),
                                new CostLine(CostLine.PROMPT_CACHE, Usd.of("-0.00045")))));
    }

    @Test
    void knowsNoPriceOfATierThatNobodyAskedFor() {
        assertThat(charges.direct(SIMULATED, "gpt-5", "gpt-5", Usage.of(1, 1), OTHER))
                .isEqualTo(Charge.UNPRICED);
    }

    @Test
    void chargesALineAtTheBatchRatesWithTheCachesDiscountOnlyWhereThereIsOne() {
        assertThat(charges.batch(SIMULATED, "gpt-5", "gpt-5-2025-08-07", new Usage(1_000, 600, 0, 0, 200))
                        .billed())
                .isEqualTo(Usd.of("0.0012875"));
        assertThat(charges.batch(SIMULATED, "gpt-4o", "gpt-4o", new Usage(1_000, 600, 0, 0, 200))
                        .billed())
                .isEqualTo(Usd.of("0.00225"));
        assertThat(charges.batch(SIMULATED, "mystery", "mystery", Usage.of(1, 1)))
                .isEqualTo(Charge.UNPRICED);
    }

    @Test
    void boundsALineByTheBatchRatesAndByWhatItIsToldToWriteToTheCache() {
        var claude = new ProviderAccount("anthropic", "default", false);
        assertThat(charges.atMost(claude, "claude-haiku-4-5", Usage.of(1_000, 100))
                        .billed())
                .isEqualTo(Usd.of("0.0015"));
        assertThat(charges.atMostInBatch(claude, "claude-haiku-4-5", Usage.of(1_000, 100))
                        .billed())
                .isEqualTo(Usd.of("0.00075"));
        assertThat(charges.atMostInBatch(claude, "claude-haiku-4-5", new Usage(1_000, 0, 0, 900, 100))
                        .billed())
                .isEqualTo(Usd.of("0.0012"));
        assertThat(charges.atMostInBatch(claude, "mystery", Usage.of(1, 1))).isEqualTo(Charge.UNPRICED);
    }
}
