package dev.offpeak.simulator.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PricesTest {
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 21);

    private final Prices prices = Prices.load();

    @Test
    void pricesPlainTokensExactly() {
        assertThat(cost("gpt-4o-mini", new Usage(1_000, 0, 0, 0, 100))).isEqualByComparingTo("0.00021");
    }

    @Test
    void chargesCachedAndWrittenTokensAtTheirOwnPrice() {
        assertThat(cost("gpt-4o", new Usage(2_000, 1_024, 0, 0, 10))).isEqualByComparingTo("0.00382");
        assertThat(cost("claude-haiku-4-5", new Usage(10_000, 4_000, 3_000, 2_000, 1)))
                .isEqualByComparingTo("0.009155");
    }

    @Test
    void takesTheNewestRowOfTheDay() {
        var usage = new Usage(1_000_000, 0, 0, 0, 0);

        assertThat(prices.cost("gpt-5.6-luna", new Usage(100_000, 0, 0, 0, 0), LocalDate.of(2026, 7, 29), false))
                .isEqualByComparingTo("0.1");
        assertThat(prices.cost("gpt-5.6-luna", new Usage(100_000, 0, 0, 0, 0), LocalDate.of(2026, 7, 30), false))
                .isEqualByComparingTo("0.02");
        assertThat(prices.cost("o3", usage, LocalDate.of(2025, 6, 9), false)).isNull();
    }

    @Test
    void leavesOutRowsWithoutConfidence() {
        assertThat(cost("gpt-6.1-sol", new Usage(1, 0, 0, 0, 1))).isNull();
        assertThat(cost("gpt-4o-2024-05-13", new Usage(1, 0, 0, 0, 1))).isNull();
        assertThat(cost("claude-sonnet-5", new Usage(1_000_000, 0, 0, 0, 0))).isEqualByComparingTo("2");
    }

    @Test
    void neverTakesAModelForAnotherByItsPrefix() {
        assertThat(cost("claude-opus-5-5", new Usage(1_000_000, 0, 0, 0, 0))).isEqualByComparingTo("4");
        assertThat(cost("gpt-4o-latest", new Usage(1, 0, 0, 0, 0))).isNull();
        assertThat(cost("gpt-4o-2024-11-20", new Usage(1_000_000, 0, 0, 0, 0))).isEqualByComparingTo("2.5");
    }

    @Test
    void halvesBatchWrites() {
        assertThat(prices.cost("claude-haiku-4-5", new Usage(1_000_000, 0, 1_000_000, 0, 0), TODAY, true))
                .isEqualByComparingTo("0.625");
    }

    @Test
    void raisesLongPrompts() {
        assertThat(cost("gpt-5.4", new Usage(300_000, 0, 0, 0, 1_000_000))).isEqualByComparingTo("24");
    }

    @Test
    void knowsModelsByTheirKind() {
        var models = new Models(prices, Clock.fixed(Instant.parse("2026-11-21T00:00:00Z"), ZoneOffset.UTC));

        assertThat(models.find(Provider.OPENAI, "gpt-6.1-sol")).isNotNull();
        assertThat(models.find(Provider.OPENAI, "claude-haiku-4-5")).isNull();
        assertThat(models.all(Provider.OPENAI)).filteredOn(Model::embeds).hasSize(4);
        assertThat(models.all(Provider.OPENAI))
                .filteredOn(Model::reasons)
                .extracting(Model::name)
                .contains("o4-mini", "gpt-5-mini", "gpt-6-luna")
                .doesNotContain("gpt-4o", "gpt-5-chat-latest");
    }

    private java.math.@Nullable BigDecimal cost(String model, Usage usage) {
        return prices.cost(model, usage, TODAY, false);
    }
}
