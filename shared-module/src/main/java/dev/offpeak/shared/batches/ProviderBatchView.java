package dev.offpeak.shared.batches;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A provider batch as operators see it.
///
/// @param tenant whose lines it has
/// @param batch the tenant's bulk that has it to itself
/// @param primerOf the provider batch for which it writes the prompt cache, where it is a primer of one line
/// @param lines by their state
/// @param cachedShare of the prompt tokens billed, the part that the provider read from its prompt cache; null until
///     its results were read
/// @param ageSeconds since it was opened, or how long it took
/// @param errorCode what stands in its way, or why it failed
/// @param report our ledger beside what the provider says, once its results were read
/// @param residue what the provider counts beyond our ledger; null where it is nothing, or the provider says nothing
/// @param quota what is known of the limit that it counts against; null where nothing was learned
public record ProviderBatchView(
        String id,
        String object,
        String tenant,
        @Nullable String batch,
        @JsonProperty("primer_of") @Nullable String primerOf,
        String provider,
        String account,
        String model,
        String endpoint,
        String state,
        Map<String, Integer> lines,
        long tokens,
        @JsonProperty("cached_share") @Nullable BigDecimal cachedShare,
        long bytes,
        @JsonProperty("estimate_usd") @Nullable String estimateUsd,
        @JsonProperty("closed_because") @Nullable String closedBecause,
        int attempt,
        @JsonProperty("remote_id") @Nullable String remoteId,
        @JsonProperty("remote_status") @Nullable String remoteStatus,
        @JsonProperty("remote_completed") int remoteCompleted,
        @JsonProperty("remote_failed") int remoteFailed,
        @JsonProperty("cancel_requested") boolean cancelRequested,
        @JsonProperty("ended_as") @Nullable String endedAs,
        @JsonProperty("error_code") @Nullable String errorCode,
        @JsonProperty("error_message") @Nullable String errorMessage,
        int polls,
        @JsonProperty("age_seconds") long ageSeconds,
        @JsonProperty("created_at") Instant createdAt,
        @JsonProperty("submitted_at") @Nullable Instant submittedAt,
        @JsonProperty("ended_at") @Nullable Instant endedAt,
        @JsonProperty("finished_at") @Nullable Instant finishedAt,
        @JsonProperty("next_look_at") @Nullable Instant nextLookAt,
        @Nullable Report report,
        @Nullable Residue residue,
        @Nullable Quota quota) {

    /// @param duplicates results that came again
    /// @param unknown results for lines that we never sent
    /// @param unreadable results that nobody could read
    /// @param ours what our confirmed rows of its lines say
    /// @param said what the provider says of the whole batch; null where it says nothing
    /// @param unconfirmedUsd what unreadable lines stand for in the ledger
    /// @param unpriced confirmed rows without a price
    public record Report(
            Instant at,
            int duplicates,
            int unknown,
            int unreadable,
            BatchTokens ours,
            @Nullable BatchTokens said,
            @JsonProperty("billed_usd") String billedUsd,
            @JsonProperty("list_usd") String listUsd,
            @JsonProperty("unconfirmed_usd") String unconfirmedUsd,
            int unpriced) {}

    public record BatchTokens(
            @JsonProperty("input_tokens") long inputTokens,
            @JsonProperty("cached_input_tokens") long cachedInputTokens,
            @JsonProperty("output_tokens") long outputTokens) {}

    /// Negative where the provider counts less.
    public record Residue(
            @JsonProperty("input_tokens") long inputTokens,
            @JsonProperty("cached_input_tokens") long cachedInputTokens,
            @JsonProperty("output_tokens") long outputTokens) {

        static @Nullable Residue of(BatchTokens ours, @Nullable BatchTokens said) {
            return said == null || said.equals(ours)
                    ? null
                    : new Residue(
                            said.inputTokens() - ours.inputTokens(),
                            said.cachedInputTokens() - ours.cachedInputTokens(),
                            said.outputTokens() - ours.outputTokens());
        }
    }

    /// @param learned the limit as the provider told it; null: as configured
    /// @param pausedUntil until when nothing is sent
    public record Quota(
            @Nullable Long learned,
            @JsonProperty("paused_until") @Nullable Instant pausedUntil) {}
}
