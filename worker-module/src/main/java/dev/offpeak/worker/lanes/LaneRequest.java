package dev.offpeak.worker.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.lanes.ReasonCode;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A job on its way to a provider: the conversation as it will be sent, and who may answer it, best first.
///
/// @param reasons why it takes the lane that it takes
/// @param flexPatience null: a call at the list price. Else one on the flex tier, and how long it may go on
///     waiting where the provider has no capacity to spare
public record LaneRequest(
        ClaimedJob job,
        List<Candidate> candidates,
        List<ChatMessage> messages,
        int maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat,
        @Nullable Usd maxCost,
        List<LaneReason> reasons,
        @Nullable Duration flexPatience) {

    public LaneRequest {
        candidates = List.copyOf(candidates);
        messages = List.copyOf(messages);
        reasons = List.copyOf(reasons);
    }

    /// One whose lane is not chosen yet.
    public LaneRequest(
            ClaimedJob job,
            List<Candidate> candidates,
            List<ChatMessage> messages,
            int maxOutputTokens,
            @Nullable BigDecimal temperature,
            ResponseFormat responseFormat,
            @Nullable Usd maxCost) {
        this(job, candidates, messages, maxOutputTokens, temperature, responseFormat, maxCost, List.of(), null);
    }

    public LaneRequest because(List<LaneReason> why) {
        return with(why, flexPatience);
    }

    /// The same on the flex tier.
    public LaneRequest onFlex(Duration patience) {
        return with(reasons, patience);
    }

    /// The same call after all at the list price.
    public LaneRequest atListPrice() {
        var why = new ArrayList<>(reasons);
        why.addFirst(ReasonCode.NO_FLEX_CAPACITY.because(
                "The provider had no capacity to spare for a flex call, and the deadline does not wait."));
        return with(why, null);
    }

    private LaneRequest with(List<LaneReason> why, @Nullable Duration patience) {
        return new LaneRequest(
                job, candidates, messages, maxOutputTokens, temperature, responseFormat, maxCost, why, patience);
    }
}
