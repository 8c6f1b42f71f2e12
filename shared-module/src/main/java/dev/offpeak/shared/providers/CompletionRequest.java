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
public record CompletionRequest(
        CallId callId,
        String model,
        List<ChatMessage> messages,
        int maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat,
        Duration timeout) {}
