package dev.offpeak.worker.providers.openai;

import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.completions.CompletionUsage;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.Usage;
import org.jspecify.annotations.Nullable;

/// OpenAI's answer in our words.
final class OpenAiAnswer {

    private OpenAiAnswer() {}

    /// @param answer null where the body was the JSON `null`
    static ProviderAnswer of(@Nullable ChatCompletion answer, @Nullable String requestId) {
        if (answer == null) {
            return new ProviderAnswer.Failed(new ProviderError.Malformed("the answer is not a chat completion"));
        }
        if (answer.usage().isEmpty()) {
            // Taken for zero tokens, it would be a bill of zero.
            return new ProviderAnswer.Failed(new ProviderError.Malformed("the answer does not say what it used"));
        }
        Usage usage;
        try {
            usage = usage(answer.usage().get());
        } catch (IllegalArgumentException impossible) {
            return new ProviderAnswer.Failed(
                    new ProviderError.Malformed("impossible token counts: " + impossible.getMessage()));
        }
        // An answer without a choice is billed like any other, and empty.
        var choice = answer.choices().stream().findFirst();
        String text = choice.flatMap(c -> c.message().content()).orElse("");
        FinishReason reason = choice.map(OpenAiAnswer::finishReason).orElse(FinishReason.OTHER);
        return new ProviderAnswer.Answered(
                new Completion(text, reason, usage, answer.model(), requestId, servedAs(answer)));
    }

    /// A server that knows no tiers, or has names of its own for its only one, bills the standard price.
    private static ServiceTier servedAs(ChatCompletion answer) {
        return switch (answer.serviceTier().map(tier -> tier.asString()).orElse("default")) {
            case "flex" -> ServiceTier.FLEX;
            case "fast", "priority", "scale", "ultrafast" -> ServiceTier.OTHER;
            default -> ServiceTier.DEFAULT;
        };
    }

    /// The cached tokens and those written to the cache are parts of the prompt's. There is one price for writing,
    /// which our rows hold as that of five minutes.
    private static Usage usage(CompletionUsage counted) {
        long cached = counted.promptTokensDetails()
                .flatMap(CompletionUsage.PromptTokensDetails::cachedTokens)
                .orElse(0L);
        long written = counted.promptTokensDetails()
                .flatMap(CompletionUsage.PromptTokensDetails::cacheWriteTokens)
                .orElse(0L);
        return new Usage(counted.promptTokens(), cached, written, 0, counted.completionTokens());
    }

    private static FinishReason finishReason(ChatCompletion.Choice choice) {
        var message = choice.message();
        if (message.refusal().filter(text -> !text.isBlank()).isPresent()) {
            return FinishReason.REFUSAL;
        }
        return switch (choice.finishReason().value()) {
            case CONTENT_FILTER -> FinishReason.REFUSAL;
            case LENGTH -> FinishReason.LENGTH;
            case TOOL_CALLS, FUNCTION_CALL -> FinishReason.TOOL_CALL;
            // Some servers stop like this after a tool call too.
            case STOP ->
                message.toolCalls().filter(calls -> !calls.isEmpty()).isPresent()
                        ? FinishReason.TOOL_CALL
                        : FinishReason.STOP;
            case _UNKNOWN -> FinishReason.OTHER;
        };
    }
}
