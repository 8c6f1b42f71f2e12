package dev.offpeak.api.costs;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.lanes.LaneDecision;
import dev.offpeak.shared.lanes.LaneOption;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What requests would cost and when they should be answered.
@Schema(name = "Estimate")
record EstimateView(
        @Schema(allowableValues = "estimate") String object,
        String workflow,
        @Schema(allowableValues = {"fast", "full"}) String tier,
        String provider,
        String model,
        int count,

        @Schema(allowableValues = {"direct", "batch"}) String lane,

        @Schema(
                description = "At which of the provider's prices.",
                allowableValues = {"standard", "flex", "batch"})
        String tariff,

        @JsonProperty("lane_reasons") @Schema(description = "Why this lane; the weightiest first.")
        List<LaneReason> laneReasons,

        @Schema(description = "Of one request: the prompt estimated from above, and the output limit.")
        Tokens usage,

        @JsonProperty("cost_usd")
        @Schema(
                description = "Of all requests in that lane at most: the whole output limit used, nothing of the prompt"
                        + " in the provider's cache. Null where the model has no price.",
                nullable = true)
        @Nullable String costUsd,

        @JsonProperty("list_usd")
        @Schema(description = "The same, called directly at the list price.", nullable = true)
        @Nullable String listUsd,

        @JsonProperty("saved_usd") @Schema(nullable = true) @Nullable String savedUsd,

        @JsonProperty("estimated_finish")
        @Schema(description = "When it should be answered, of many requests the last, nine times out of ten.")
        Instant estimatedFinish,

        Instant deadline,

        @Schema(description = "The other ways, cheapest first.")
        List<Alternative> alternatives,

        @Schema(description = "What stands against the deadline.")
        List<LaneReason> warnings) {

    @Schema(name = "EstimateTokens")
    record Tokens(
            @JsonProperty("input_tokens") long inputTokens,
            @JsonProperty("output_tokens") long outputTokens) {}

    @Schema(name = "EstimateAlternative")
    record Alternative(
            @Schema(allowableValues = {"direct", "batch"}) String lane,

            @Schema(allowableValues = {"standard", "flex", "batch"})
            String tariff,

            @JsonProperty("cost_usd") @Schema(nullable = true) @Nullable String costUsd,

            @JsonProperty("estimated_finish") Instant estimatedFinish,

            @Schema(description = "What speaks against it; nothing where it is only dearer.")
            List<LaneReason> against) {}

    /// @param now when the wait begins
    static EstimateView of(Priced request, int count, LaneDecision decision, Instant now, List<LaneReason> warnings) {
        LaneOption chosen = decision.chosen();
        Usd cost = times(chosen.cost(), count);
        Usd list = times(request.list(), count);
        return new EstimateView(
                "estimate",
                request.workflow(),
                request.tier(),
                request.account().shownAs(),
                request.model(),
                count,
                chosen.way().lane().wire(),
                chosen.way().tariff(),
                decision.reasons(),
                new Tokens(request.most().inputTokens(), request.most().outputTokens()),
                text(cost),
                text(list),
                cost == null || list == null ? null : list.minus(cost).toString(),
                now.plus(chosen.finish()),
                now.plus(request.timeLeft()),
                decision.others().stream()
                        .map(option -> new Alternative(
                                option.way().lane().wire(),
                                option.way().tariff(),
                                text(times(option.cost(), count)),
                                now.plus(option.finish()),
                                option.against()))
                        .toList(),
                warnings);
    }

    /// One request as far as it matters to its price.
    ///
    /// @param list the most that it costs at the list price; null: it has no price
    record Priced(
            String workflow,
            String tier,
            ProviderAccount account,
            String model,
            Usage most,
            Duration timeLeft,
            @Nullable Usd list) {}

    private static @Nullable Usd times(@Nullable Usd one, int count) {
        return one == null ? null : new Usd(one.amount().multiply(BigDecimal.valueOf(count)));
    }

    private static @Nullable String text(@Nullable Usd amount) {
        return amount == null ? null : amount.toString();
    }
}
