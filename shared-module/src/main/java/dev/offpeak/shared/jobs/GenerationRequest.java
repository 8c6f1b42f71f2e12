package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a generation job asks for, complete in itself: a prompt has become a message, a template is rendered.
///
/// @param messages at least one; the workflow's system prompt is not among them, it is added when the call is made
/// @param template where the messages came from, if from a template
/// @param context chunks that the caller wants considered
/// @param quality `auto`, `fast` or `full`
/// @param cache `default`, `refresh` or `bypass`
/// @param plan the caller's plan, `free` or `premium`
/// @param maxCost what the job may cost at most
/// @param maxOutputTokens null leaves the workflow's
public record GenerationRequest(
        List<ChatMessage> messages,
        @Nullable TemplateRef template,
        List<ContextChunk> context,
        String quality,
        String cache,
        @Nullable String plan,
        @Nullable Usd maxCost,
        @Nullable Integer maxOutputTokens,
        @Nullable BigDecimal temperature,
        ResponseFormat responseFormat) {

    public GenerationRequest {
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("a request needs a message");
        }
        messages = List.copyOf(messages);
        context = List.copyOf(context);
    }

    /// @param params the parameters as canonical JSON
    public record TemplateRef(String name, int version, String params) {}

    public record ContextChunk(String id, String text) {}
}
