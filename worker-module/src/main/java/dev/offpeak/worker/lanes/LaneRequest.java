package dev.offpeak.worker.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A job on its way to a provider: the conversation as it will be sent, and who may answer it, best first.
public record LaneRequest(
        ClaimedJob job,
        List<Candidate> candidates,
        List<ChatMessage> messages,
        int maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat,
        @Nullable Usd maxCost) {

    public LaneRequest {
        candidates = List.copyOf(candidates);
        messages = List.copyOf(messages);
    }
}
