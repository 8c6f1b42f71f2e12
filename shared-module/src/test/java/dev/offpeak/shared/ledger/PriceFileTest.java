package dev.offpeak.shared.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.Usage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceFileTest {

    private static final Instant TODAY = Instant.parse("2026-11-21T12:00:00Z");

    private final PriceBook book = PriceFile.read();

    @ParameterizedTest
    @CsvSource({
        "openai,gpt-4o-mini,openai/gpt-4o-mini/since-ever,0.15,0.6",
        "openai,gpt-4o-mini-2024-07-18,openai/gpt-4o-mini/since-ever,0.15,0.6",
        "openai,gpt-4o,openai/gpt-4o/since-ever,2.5,10",
        "openai,o3,openai/o3/2025-06-10,2,8",
        "openai,gpt-5.6,openai/gpt-5.6-sol/since-ever,5,30",
        "openai,gpt-5.6-luna,openai/gpt-5.6-luna/2026-07-30,0.2,1.2",
        "anthropic,claude-haiku-4-5,anthropic/claude-haiku-4-5/since-ever,1,5",
        "anthropic,claude-opus-5,anthropic/claude-opus-5/since-ever,5,25",
        "anthropic,claude-opus-5-5,anthropic/claude-opus-5-5/since-ever,4,20",
    })
    void knowsTodaysPrices(String provider, String model, String id, String input, String output) {
        Price price = book.find(provider, model, TODAY).orElseThrow();

        assertThat(price.id()).isEqualTo(id);
        assertThat(price.standard().input()).isEqualByComparingTo(input);
        assertThat(price.standard().output()).isEqualByComparingTo(output);
    }

    @ParameterizedTest
    @CsvSource({
        "openai,gpt-4", // begins gpt-4o and gpt-4.1
        "openai,gpt-4o-mini-2024",
        "openai,claude-haiku-4-5",
        "openai,GPT-4o",
        "openai,''",
        "nobody,gpt-4o",
        "openai,gpt-6.1-sol", // unknown
        "openai,gpt-4o-2024-05-13", // its sources conflict
    })
    void hasNoPriceForAnythingElse(String provider, String model) {
        assertThat(book.find(provider, model, TODAY)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "openai,gpt-5.6-luna,2026-07-29T23:59:59Z,openai/gpt-5.6-luna/since-ever",
        "openai,gpt-5.6-luna,2026-07-30T00:00:00Z,openai/gpt-5.6-luna/2026-07-30",
        "openai,o3,2025-06-09T00:00:00Z,",
        "anthropic,claude-sonnet-5,2026-11-21T00:00:00Z,anthropic/claude-sonnet-5/since-ever",
    })
    void findsThePriceOfTheDay(String provider, String model, Instant at, @Nullable String id) {
        assertThat(book.find(provider, model, at).map(Price::id).orElse(null)).isEqualTo(id);
    }

    @Test
    void pricesAnUnknownSnapshotAsTheModelThatWasAskedFor() {
        assertThat(book.find("anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", TODAY))
                .map(Price::id)
                .contains("anthropic/claude-haiku-4-5/since-ever");
        assertThat(book.find("openai", "gpt-4o", "gpt-4o-mini", TODAY))
                .map(Price::model)
                .contains("gpt-4o-mini");
        assertThat(book.find("openai", "mystery", "mystery-2026-01-01", TODAY)).isEmpty();
    }

    @Test
    void pricesASnapshotWhosePriceIsDisputedByNoOtherName() {
        assertThat(book.find("openai", "gpt-4o", "gpt-4o-2024-05-13", TODAY)).isEmpty();
    }

    @Test
    void readsPricesExactly() {
        Price price = book.find("openai", "gpt-5-nano", TODAY).orElseThrow();

        assertThat(price.batch().cachedInput()).hasToString("0.0025");
    }

    @Test
    void halvesCacheWritesInsideABatch() {
        Price price = book.find("anthropic", "claude-haiku-4-5", TODAY).orElseThrow();

        assertThat(price.batch().cacheWrite5m()).isEqualByComparingTo("0.625");
        assertThat(price.batch().cacheWrite1h()).isEqualByComparingTo("1");
    }

    @Test
    void knowsWhereLongPromptsAreDearer() {
        Price price = book.find("openai", "gpt-5.4", TODAY).orElseThrow();

        assertThat(price.rates(Tariff.STANDARD, 272_000).input()).isEqualByComparingTo("2.5");
        assertThat(price.rates(Tariff.STANDARD, 272_001).input()).isEqualByComparingTo("5");
        assertThat(price.rates(Tariff.BATCH, 272_001).cachedInput()).isEqualByComparingTo("0.25");
        assertThat(price.rates(Tariff.STANDARD, 272_001).output()).isEqualByComparingTo("22.5");
        assertThat(book.find("openai", "gpt-5", TODAY).orElseThrow().longContext())
                .isEmpty();
    }

    @Test
    void leavesABatchWithoutAKnownCachedRateUnpriced() {
        Price price = book.find("google", "gemini-2.5-flash", TODAY).orElseThrow();

        assertThat(Pricing.of(price, new Usage(100, 50, 0, 0, 10), Tariff.BATCH))
                .isEqualTo(
                        new Pricing.Unpriced("google/gemini-2.5-flash/since-ever has no batch rate for cached input"));
    }
}
