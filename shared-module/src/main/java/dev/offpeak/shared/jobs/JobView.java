package dev.offpeak.shared.jobs;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A job as the outside sees it: in the API's answers and, frozen, in its webhooks. It never holds the
/// input.
///
/// @param lateResult an answer that was paid for and came after the job had expired; never an outcome
/// @param warnings what stands against its deadline, in the answer to its submission only; else not on the
///     wire
/// @param resultOmitted true where the result is too large for where this view stands; else it is not on
///     the wire
public record JobView(
        String id,
        String object,
        String type,
        String status,
        @JsonProperty("wait_reason") @Nullable String waitReason,
        String workflow,
        @Nullable String user,
        @Nullable String feature,
        @Nullable String batch,
        @Nullable String lane,
        @Nullable String provider,
        @Nullable String model,
        String tier,
        @Nullable Result result,
        @JsonProperty("late_result") @Nullable Result lateResult,

        @JsonProperty("result_omitted") @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean resultOmitted,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<LaneReason> warnings,

        @Nullable Failure error,
        Cache cache,
        Tokens usage,
        Cost cost,
        int attempts,
        @JsonProperty("created_at") Instant createdAt,
        @JsonProperty("started_at") @Nullable Instant startedAt,
        @JsonProperty("finished_at") @Nullable Instant finishedAt,
        Instant deadline,
        List<String> tags,
        Map<String, String> metadata,
        Links links) {

    /// The same job with what its client should know of its chances; none are not shown.
    public JobView warning(List<LaneReason> found) {
        return new JobView(
                id,
                object,
                type,
                status,
                waitReason,
                workflow,
                user,
                feature,
                batch,
                lane,
                provider,
                model,
                tier,
                result,
                lateResult,
                resultOmitted,
                found.isEmpty() ? null : found,
                error,
                cache,
                usage,
                cost,
                attempts,
                createdAt,
                startedAt,
                finishedAt,
                deadline,
                tags,
                metadata,
                links);
    }

    /// The same job with what the ledger knows of it.
    JobView with(Tokens tokens, Cost receipt) {
        return new JobView(
                id,
                object,
                type,
                status,
                waitReason,
                workflow,
                user,
                feature,
                batch,
                lane,
                provider,
                model,
                tier,
                result,
                lateResult,
                resultOmitted,
                warnings,
                error,
                cache,
                tokens,
                receipt,
                attempts,
                createdAt,
                startedAt,
                finishedAt,
                deadline,
                tags,
                metadata,
                links);
    }

    /// @param kind `text`, `json`, `report` or `file`
    /// @param finishReason `stop`, or `length` where the answer was cut off
    public record Result(
            String kind,
            @Nullable String text,
            @Nullable JsonNode json,
            @JsonProperty("finish_reason") @Nullable String finishReason) {}

    public record Failure(String code, String message, boolean retryable) {}

    /// @param source `none`, or the layer that answered
    public record Cache(
            String source,
            @Nullable Double similarity,
            @JsonProperty("age_seconds") @Nullable Long ageSeconds,
            @JsonProperty("origin_job") @Nullable String originJob) {

        static final Cache NONE = new Cache("none", null, null, null);
    }

    /// @param inputTokens the whole prompt; cached and cache-write tokens are parts of it
    public record Tokens(
            @JsonProperty("input_tokens") long inputTokens,
            @JsonProperty("cached_input_tokens") long cachedInputTokens,
            @JsonProperty("cache_write_tokens") long cacheWriteTokens,
            @JsonProperty("output_tokens") long outputTokens) {}

    /// Amounts are exact decimals in USD. They are null where a call could not be priced, which is not zero.
    ///
    /// @param last `final` on the wire: false while the cost can still change, as with an unconfirmed call
    /// @param unpriced whether a call of this job has no price
    /// @param laneReasons why it went through the lane that it went through; empty until that is chosen
    public record Cost(
            @JsonProperty("billed_usd") @Nullable String billedUsd,
            @JsonProperty("list_usd") @Nullable String listUsd,
            @JsonProperty("saved_usd") @Nullable String savedUsd,
            @JsonProperty("final") boolean last,
            boolean unpriced,
            List<Line> lines,
            @JsonProperty("lane_reasons") List<LaneReason> laneReasons) {

        /// One line of the receipt; the lines sum to what was billed.
        public record Line(String kind, String usd) {}
    }

    /// Where to go on from here; more will come as more can be done with a job.
    public record Links(String self, String cancel) {

        static Links of(String id) {
            String self = "/v1/jobs/" + id;
            return new Links(self, self + "/cancel");
        }
    }
}
