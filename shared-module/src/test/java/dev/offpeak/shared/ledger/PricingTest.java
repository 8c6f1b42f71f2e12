package dev.offpeak.shared.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PricingTest {

    private static final Price MINI = price(
            rates("0.15", "0.075", null, null, "0.6"), rates("0.075", "0.075", null, null, "0.3"), Optional.empty());
    private static final Price HAIKU =
            price(rates("1", "0.1", "1.25", "2", "5"), rates("0.5", "0.05", "0.625", "1", "2.5"), Optional.empty());
    private static final Price LONG = price(
            rates("2.5", "0.25", "3.125", "5", "15"),
            rates("1.25", "0.125", "1.5625", "2.5", "7.5"),
            Optional.of(new Price.LongContext(272_000, new BigDecimal("2"), new BigDecimal("1.5"))));

    @Test
    void pricesAPlainCall() {
        Pricing.Priced priced = priced(MINI, Usage.of(1_000, 200), Tariff.STANDARD);

        assertThat(priced.billed()).isEqualTo(Usd.of("0.00027"));
        assertThat(priced.lines()).containsExactly(new CostLine(CostLine.LIST, Usd.of("0.00027")));
    }

    @Test
    void showsWhatThePromptCacheSaved() {
        Pricing.Priced priced = priced(MINI, new Usage(1_000, 600, 0, 0, 200), Tariff.STANDARD);

        assertThat(priced.list()).isEqualTo(Usd.of("0.00027"));
        assertThat(priced.lines())
                .containsExactly(
                        new CostLine(CostLine.LIST, Usd.of("0.00027")),
                        new CostLine(CostLine.PROMPT_CACHE, Usd.of("-0.000045")));
        assertThat(priced.billed()).isEqualTo(Usd.of("0.000225"));
    }

    @Test
    void showsWhatWritingToThePromptCacheCost() {
        Pricing.Priced priced = priced(HAIKU, new Usage(1_000, 0, 400, 100, 0), Tariff.STANDARD);

        assertThat(priced.lines())
                .containsExactly(
                        new CostLine(CostLine.LIST, Usd.of("0.001")),
                        new CostLine(CostLine.PROMPT_CACHE, Usd.of("0.0002")));
    }

    @Test
    void showsWhatABatchSaved() {
        Pricing.Priced priced = priced(HAIKU, new Usage(1_000, 500, 0, 0, 100), Tariff.BATCH);

        assertThat(priced.lines())
                .containsExactly(
                        new CostLine(CostLine.LIST, Usd.of("0.0015")),
                        new CostLine(CostLine.BATCH_DISCOUNT, Usd.of("-0.00075")),
                        new CostLine(CostLine.PROMPT_CACHE, Usd.of("-0.000225")));
        assertThat(priced.billed()).isEqualTo(Usd.of("0.000525"));
    }

    @Test
    void givesNoCacheDiscountWhereABatchHasNone() {
        Pricing.Priced priced = priced(MINI, new Usage(1_000, 600, 0, 0, 200), Tariff.BATCH);

        assertThat(priced.lines()).extracting(CostLine::kind).containsExactly(CostLine.LIST, CostLine.BATCH_DISCOUNT);
        assertThat(priced.billed()).isEqualTo(Usd.of("0.000135"));
    }

    @Test
    void pricesEverythingOfALongPromptAtItsDearerRates() {
        assertThat(priced(LONG, new Usage(272_000, 100_000, 0, 0, 10), Tariff.STANDARD)
                        .billed())
                .isEqualTo(Usd.of("0.45515"));
        assertThat(priced(LONG, new Usage(272_001, 100_000, 0, 0, 10), Tariff.STANDARD)
                        .billed())
                .isEqualTo(Usd.of("0.91023"));
    }

    @Test
    void isExactForASingleToken() {
        assertThat(priced(MINI, Usage.of(1, 0), Tariff.BATCH).billed()).isEqualTo(Usd.of("0.000000075"));
    }

    @ParameterizedTest
    @EnumSource
    void neverTakesAnUnknownRateForZero(Tariff tariff) {
        assertThat(Pricing.of(MINI, new Usage(10, 0, 1, 0, 1), tariff)).isInstanceOf(Pricing.Unpriced.class);
        var embedding =
                price(rates("0.02", null, null, null, null), rates(null, null, null, null, null), Optional.empty());
        assertThat(Pricing.of(embedding, Usage.of(10, 1), tariff)).isInstanceOf(Pricing.Unpriced.class);
        assertThat(Pricing.of(embedding, Usage.of(10, 0), Tariff.STANDARD)).isInstanceOf(Pricing.Priced.class);
    }

    @Test
    void costsNothingWhereNothingWasUsed() {
        assertThat(priced(HAIKU, Usage.NONE, Tariff.STANDARD).billed()).isEqualTo(Usd.ZERO);
    }

    @ParameterizedTest
    @EnumSource
    void addsUpExactlyForAnyUsage(Tariff tariff) {
        var random = new Random(20_261_121); // seeded: the same usages in every run
        for (int round = 0; round < 20_000; round++) {
            Price price = random.nextBoolean() ? HAIKU : LONG;
            Usage usage = anyUsage(random);

            Pricing.Priced priced = priced(price, usage, tariff);

            assertThat(priced.lines().stream().map(CostLine::usd).reduce(Usd.ZERO, Usd::plus))
                    .isEqualTo(priced.billed());
            assertThat(priced.parts().stream().map(Pricing.Part::usd).reduce(Usd.ZERO, Usd::plus))
                    .isEqualTo(priced.billed());
            assertThat(priced.parts().stream().mapToLong(Pricing.Part::tokens).sum())
                    .isEqualTo(usage.inputTokens() + usage.outputTokens());
            assertThat(inPicoUsd(priced.billed())).isEqualTo(independently(price, usage, tariff));
            assertThat(priced.list())
                    .isEqualTo(priced(price, Usage.of(usage.inputTokens(), usage.outputTokens()), Tariff.STANDARD)
                            .billed());
        }
    }

    @Test
    void neverEstimatesLessThanWhatIsBilled() {
        var random = new Random(7);
        for (int round = 0; round < 5_000; round++) {
            Usage usage = anyUsage(random);
            var noWrites = new Usage(usage.inputTokens(), usage.cachedInputTokens(), 0, 0, usage.outputTokens());
            Usd estimate = CostEstimate.upperBound(
                            LONG, usage.inputTokens() + 10, usage.outputTokens() + 5, Tariff.STANDARD)
                    .orElseThrow();

            assertThat(priced(LONG, noWrites, Tariff.STANDARD).billed()).isLessThanOrEqualTo(estimate);
            var withWrites = new Usage(usage.inputTokens(), 0, usage.inputTokens(), 0, usage.outputTokens());
            assertThat(priced(LONG, withWrites, Tariff.STANDARD).billed()).isLessThanOrEqualTo(estimate);
        }
    }

    @Test
    void hasNoEstimateWithoutARate() {
        assertThat(CostEstimate.upperBound(
                        price(
                                rates("0.02", null, null, null, null),
                                rates("0.01", null, null, null, null),
                                Optional.empty()),
                        10,
                        10,
                        Tariff.STANDARD))
                .isEmpty();
    }

    @Test
    void refusesRatesThatCannotBeBilledExactly() {
        assertThatThrownBy(() -> rates("0.0000001", null, null, null, null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> rates("-1", null, null, null, null)).isInstanceOf(IllegalArgumentException.class);
        var three = Optional.of(new Price.LongContext(1, new BigDecimal("0.5"), BigDecimal.ONE));
        assertThatThrownBy(() -> price(rates("0.000001", null, null, null, null), MINI.batch(), three))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesTwoPricesForOneDay() {
        assertThatThrownBy(() -> PriceBook.of(List.of(MINI, HAIKU))).isInstanceOf(IllegalArgumentException.class);
    }

    private static Usage anyUsage(Random random) {
        long cached = any(random);
        long write5m = any(random);
        long write1h = any(random);
        return new Usage(any(random) + cached + write5m + write1h, cached, write5m, write1h, any(random));
    }

    /// Often nothing, else anything between one token and half a million.
    private static long any(Random random) {
        return random.nextInt(3) == 0 ? 0 : random.nextLong(1, 1L << random.nextInt(1, 20));
    }

    /// The same by whole numbers of 1e-12 USD.
    private static BigInteger independently(Price price, Usage usage, Tariff tariff) {
        boolean longer = price.longContext().isPresent() && usage.inputTokens() > 272_000;
        Rates rates = tariff == Tariff.STANDARD ? price.standard() : price.batch();
        var sum = BigInteger.ZERO;
        var tokens = List.of(
                usage.inputTokens()
                        - usage.cachedInputTokens()
                        - usage.cacheWrite5mTokens()
                        - usage.cacheWrite1hTokens(),
                usage.cachedInputTokens(),
                usage.cacheWrite5mTokens(),
                usage.cacheWrite1hTokens(),
                usage.outputTokens());
        var perMillion = new ArrayList<@Nullable BigDecimal>();
        perMillion.add(rates.input());
        perMillion.add(rates.cachedInput());
        perMillion.add(rates.cacheWrite5m());
        perMillion.add(rates.cacheWrite1h());
        perMillion.add(rates.output());
        for (int kind = 0; kind < 5; kind++) {
            BigDecimal rate = Objects.requireNonNull(perMillion.get(kind));
            long halves = longer ? (kind == 4 ? 3 : 4) : 2;
            BigInteger pico =
                    rate.movePointRight(6).multiply(BigDecimal.valueOf(halves)).toBigIntegerExact();
            sum = sum.add(pico.multiply(BigInteger.valueOf(tokens.get(kind))));
        }
        BigInteger[] halved = sum.divideAndRemainder(BigInteger.TWO);
        assertThat(halved[1]).isZero();
        return halved[0];
    }

    private static BigInteger inPicoUsd(Usd usd) {
        return usd.amount().movePointRight(12).toBigIntegerExact();
    }

    private static Pricing.Priced priced(Price price, Usage usage, Tariff tariff) {
        Pricing pricing = Pricing.of(price, usage, tariff);
        assertThat(pricing).isInstanceOf(Pricing.Priced.class);
        return (Pricing.Priced) pricing;
    }

    private static Price price(Rates standard, Rates batch, Optional<Price.LongContext> longContext) {
        return new Price("openai", "some-model", List.of(), null, standard, batch, longContext);
    }

    private static Rates rates(
            @Nullable String input,
            @Nullable String cached,
            @Nullable String write5m,
            @Nullable String write1h,
            @Nullable String output) {
        return new Rates(decimal(input), decimal(cached), decimal(write5m), decimal(write1h), decimal(output));
    }

    private static @Nullable BigDecimal decimal(@Nullable String text) {
        return text == null ? null : new BigDecimal(text);
    }
}
