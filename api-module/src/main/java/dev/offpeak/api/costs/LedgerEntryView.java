package dev.offpeak.api.costs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.ledger.LedgerEntry;
import dev.offpeak.shared.providers.Usage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

@Schema(name = "LedgerEntry", description = "One unit that a provider bills.")
record LedgerEntryView(
        String id,

        @Schema(allowableValues = {"call", "line", "correction"})
        String source,

        @JsonProperty("source_id") String sourceId,

        @Schema(
                description = "`unconfirmed` where the answer was not seen whole and the estimate stands.",
                allowableValues = {"confirmed", "unconfirmed"})
        String status,

        boolean overlap,
        String job,
        @Schema(nullable = true) @Nullable String batch,
        String provider,
        String model,
        @Schema(allowableValues = {"direct", "batch"}) String lane,
        Tokens usage,

        @JsonProperty("billed_usd")
        @Schema(description = "Null where the model has no price.", nullable = true)
        @Nullable String billedUsd,

        @JsonProperty("list_usd") @Schema(nullable = true) @Nullable String listUsd,

        @Schema(description = "The price it was billed by.", nullable = true) @Nullable String price,

        @Schema(description = "When its unit entered the ledger; never moves.")
        Instant at,

        @JsonProperty("settled_at")
        @Schema(
                description = "When an entry that was `unconfirmed` was settled: by an answer that came late, at its"
                        + " estimate once nobody can tell any more, or by a correction. Null where it is open, and where"
                        + " it was `confirmed` from the first.",
                nullable = true)
        @Nullable Instant settledAt) {

    @Schema(
            name = "LedgerTokens",
            description = "`input_tokens` is the whole prompt; the others of it are parts. Negative in a correction.")
    record Tokens(
            @JsonProperty("input_tokens") long inputTokens,
            @JsonProperty("cached_input_tokens") long cachedInputTokens,
            @JsonProperty("cache_write_5m_tokens") long cacheWrite5mTokens,
            @JsonProperty("cache_write_1h_tokens") long cacheWrite1hTokens,
            @JsonProperty("output_tokens") long outputTokens) {

        static Tokens of(Usage usage, int sign) {
            return new Tokens(
                    sign * usage.inputTokens(),
                    sign * usage.cachedInputTokens(),
                    sign * usage.cacheWrite5mTokens(),
                    sign * usage.cacheWrite1hTokens(),
                    sign * usage.outputTokens());
        }
    }

    static LedgerEntryView of(LedgerEntry entry) {
        return new LedgerEntryView(
                entry.id().toString(),
                entry.source(),
                entry.source().equals("line") ? entry.sourceId().toString() : new CallId(entry.sourceId()).toString(),
                entry.status(),
                entry.overlap(),
                entry.job().toString(),
                entry.batch() == null ? null : entry.batch().toString(),
                entry.provider(),
                entry.model(),
                entry.lane(),
                Tokens.of(entry.usage(), entry.source().equals(LedgerEntry.CORRECTION) ? -1 : 1),
                text(entry.billed()),
                text(entry.list()),
                entry.price(),
                entry.at(),
                entry.settledAt());
    }

    private static @Nullable String text(@Nullable Usd amount) {
        return amount == null ? null : amount.toString();
    }
}
