package dev.offpeak.shared.providers;

import dev.offpeak.shared.core.CallId;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request to a provider, free of any vendor's types.
///
/// @param callId travels as `X-Client-Request-Id`, so that a provider's log can be matched with our call row
/// @param maxOutputTokens upper bound of the answer; Anthropic requires one
/// @param temperature null leaves the provider's default
/// @param timeout for the whole exchange, answer read included
/// @param serviceTier what is asked for; what it costs is decided by what the answer names
public record CompletionRequest(
        CallId callId,
        String model,
        List<ChatMessage> messages,
        int maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat,
        Duration timeout,
        ServiceTier serviceTier) {

    public CompletionRequest {
        if (serviceTier == ServiceTier.OTHER) {
            throw new IllegalArgumentException("no tier that can be asked for");
        }
    }

    /// A request to be answered at once.
    public CompletionRequest(
            CallId callId,
            String model,
            List<ChatMessage> messages,
            int maxOutputTokens,
            @Nullable BigDecimal temperature,
            ResponseFormat responseFormat,
            Duration timeout) {
        this(callId, model, messages, maxOutputTokens, temperature, responseFormat, timeout, ServiceTier.DEFAULT);
    }
}
