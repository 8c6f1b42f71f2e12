package dev.offpeak.shared.ledger;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// The prices that come with Offpeak, as `prices.json` holds them: facts, each with its source and how sure it is.
final class PriceFile {

    private static final String RESOURCE = "/prices.json";
    private static final String UNIT = "usd_per_1m_tokens";
    /// A provider bills a cache write inside a batch at half its price, as it does everything there.
    private static final BigDecimal BATCH_WRITE_FACTOR = new BigDecimal("0.5");

    private PriceFile() {}

    /// Rows that are unknown or conflicting are known to exist and not used.
    static PriceBook read() {
        try (InputStream json = PriceFile.class.getResourceAsStream(RESOURCE)) {
            if (json == null) {
                throw new IllegalStateException(RESOURCE + " is missing");
            }
            List<Row> rows = List.of(JsonMapper.builder().build().readValue(json, Row[].class));
            return PriceBook.of(
                    rows.stream().filter(Row::usable).map(Row::price).toList(),
                    rows.stream().filter(row -> !row.usable()).map(Row::price).toList());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private enum Confidence {
        @JsonProperty("documented")
        DOCUMENTED,
        @JsonProperty("derived")
        DERIVED,
        @JsonProperty("second_hand")
        SECOND_HAND,
        @JsonProperty("conflicting")
        CONFLICTING,
        @JsonProperty("unknown")
        UNKNOWN
    }

    private record LongContextRow(
            long above,
            @JsonProperty("input_factor") BigDecimal inputFactor,
            @JsonProperty("output_factor") BigDecimal outputFactor) {}

    private record Row(
            String provider,
            String model,
            List<String> aliases,
            @JsonProperty("effective_from") @Nullable LocalDate effectiveFrom,
            @Nullable BigDecimal input,
            @JsonProperty("cached_input") @Nullable BigDecimal cachedInput,
            @JsonProperty("cache_write_5m") @Nullable BigDecimal cacheWrite5m,
            @JsonProperty("cache_write_1h") @Nullable BigDecimal cacheWrite1h,
            @Nullable BigDecimal output,
            @JsonProperty("batch_input") @Nullable BigDecimal batchInput,
            @JsonProperty("batch_cached_input") @Nullable BigDecimal batchCachedInput,
            @JsonProperty("batch_output") @Nullable BigDecimal batchOutput,
            @JsonProperty("long_context") @Nullable LongContextRow longContext,
            String unit,
            String source,
            Confidence confidence) {

        boolean usable() {
            return switch (confidence) {
                case DOCUMENTED, DERIVED, SECOND_HAND -> true;
                case CONFLICTING, UNKNOWN -> false;
            };
        }

        Price price() {
            if (!unit.equals(UNIT)) {
                throw new IllegalArgumentException(model + " is priced in " + unit);
            }
            return new Price(
                    provider,
                    model,
                    aliases,
                    effectiveFrom,
                    new Rates(input, cachedInput, cacheWrite5m, cacheWrite1h, output),
                    new Rates(batchInput, batchCachedInput, halved(cacheWrite5m), halved(cacheWrite1h), batchOutput),
                    Optional.ofNullable(longContext)
                            .map(tier -> new Price.LongContext(tier.above(), tier.inputFactor(), tier.outputFactor())));
        }

        private static @Nullable BigDecimal halved(@Nullable BigDecimal rate) {
            return rate == null ? null : rate.multiply(BATCH_WRITE_FACTOR);
        }
    }
}
