package dev.offpeak.shared.ledger;

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
        assertThat(charges.direct(SIMULATED, "gpt-4o-mini", "gpt-4o-mini", new Usage(1_000, 600, 0, 0, 200)))
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
        assertThat(charges.direct(SIMULATED, "mystery", "mystery", Usage.of(1, 1)))
                .isEqualTo(Charge.UNPRICED);
        assertThat(charges.direct(SIMULATED, "gpt-3.5-turbo", "gpt-3.5-turbo", new Usage(10, 5, 0, 0, 1)))
                .isEqualTo(Charge.UNPRICED);
    }
}
