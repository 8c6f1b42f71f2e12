package dev.offpeak.shared.batches;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.jobs.LaneReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch as the outside sees it: in the API's answers and, frozen, in its webhook.
///
/// @param workflow the one that the upload named, else that of its first line
/// @param estimateUsd the most that it should cost at batch rates; null where a model has no price
/// @param stopped why nothing more of it is sent, such as `max_cost_exceeded`; its waiting lines have failed with it
/// @param cost null in lists
/// @param warnings sentences for people
/// @param atRisk that capacity may not suffice for the deadlines of its lines; in the answer to the upload only
public record BatchView(
        String id,
        String object,
        String status,
        String workflow,
        BatchCounts counts,
        double progress,
        @JsonProperty("invalid_lines") InvalidLines invalidLines,
        @JsonProperty("estimate_usd") @Nullable String estimateUsd,
        @JsonProperty("max_cost_usd") @Nullable String maxCostUsd,
        @Nullable String stopped,
        @Nullable BatchCost cost,
        @JsonProperty("created_at") Instant createdAt,
        @JsonProperty("finished_at") @Nullable Instant finishedAt,
        Instant deadline,
        Map<String, String> metadata,
        List<String> warnings,
        @JsonProperty("at_risk") @Nullable LaneReason atRisk,
        BatchLinks links) {

    /// The same with what is to be said of its chances.
    public BatchView atRisk(@Nullable LaneReason why) {
        return new BatchView(
                id,
                object,
                status,
                workflow,
                counts,
                progress,
                invalidLines,
                estimateUsd,
                maxCostUsd,
                stopped,
                cost,
                createdAt,
                finishedAt,
                deadline,
                metadata,
                warnings,
                why,
                links);
    }

    /// @param first the first few of them
    public record InvalidLines(int count, List<InvalidLine> first) {}

    /// Exact decimals in USD. Null where a part could not be priced, which is not zero.
    ///
    /// @param last `final` on the wire: whether nothing of it can change any more
    public record BatchCost(
            @JsonProperty("billed_usd") @Nullable String billedUsd,
            @JsonProperty("list_usd") @Nullable String listUsd,
            @JsonProperty("saved_usd") @Nullable String savedUsd,
            @JsonProperty("final") boolean last,
            boolean unpriced) {}

    /// Where to go on from here.
    public record BatchLinks(
            String self,
            String results,
            @JsonProperty("invalid_lines") String invalidLines,
            String jobs,
            String cancel) {

        static BatchLinks of(String id) {
            String self = "/v1/batches/" + id;
            return new BatchLinks(
                    self, self + "/results", self + "/invalid-lines", "/v1/jobs?batch=" + id, self + "/cancel");
        }
    }
}
