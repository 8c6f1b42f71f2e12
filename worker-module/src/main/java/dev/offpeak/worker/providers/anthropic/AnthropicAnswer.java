package dev.offpeak.worker.providers.anthropic;

import com.anthropic.models.messages.CacheCreation;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.StopReason;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.Usage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Anthropic's answer in our words.
final class AnthropicAnswer {

    private AnthropicAnswer() {}

    /// @param answer null where the body was the JSON `null`
    static ProviderAnswer of(@Nullable Message answer, @Nullable String requestId) {
        if (answer == null) {
            return new ProviderAnswer.Failed(new ProviderError.Malformed("the answer is not a message"));
        }
        Usage usage;
        try {
            usage = usage(answer.usage());
        } catch (IllegalArgumentException impossible) {
            return new ProviderAnswer.Failed(
                    new ProviderError.Malformed("impossible token counts: " + impossible.getMessage()));
        }
        // Thoughts, tool calls and blocks that we do not know are no part of the answer's text.
        String text = answer.content().stream()
                .flatMap(block -> block.text().stream())
                .map(block -> block.text())
                .collect(Collectors.joining());
        FinishReason reason =
                answer.stopReason().map(AnthropicAnswer::finishReason).orElse(FinishReason.OTHER);
        return new ProviderAnswer.Answered(
                new Completion(text, reason, usage, answer.model().asString(), requestId));
    }

    /// Tokens read from the cache and written to it come on top of `input_tokens`. Where the split of those written by
    /// lifetime does not add up to their sum, which happens as 0/0, the rest counts as five minutes.
    private static Usage usage(com.anthropic.models.messages.Usage counted) {
        long read = counted.cacheReadInputTokens().orElse(0L);
        long written = counted.cacheCreationInputTokens().orElse(0L);
        long written1h = counted.cacheCreation()
                .map(CacheCreation::ephemeral1hInputTokens)
                .orElse(0L);
        long written5m = counted.cacheCreation()
                .map(CacheCreation::ephemeral5mInputTokens)
                .orElse(0L);
        long all = Math.max(written, written5m + written1h);
        return new Usage(counted.inputTokens() + read + all, read, all - written1h, written1h, counted.outputTokens());
    }

    private static FinishReason finishReason(StopReason reason) {
        return switch (reason.value()) {
            case END_TURN, STOP_SEQUENCE -> FinishReason.STOP;
            case MAX_TOKENS, MODEL_CONTEXT_WINDOW_EXCEEDED -> FinishReason.LENGTH;
            case TOOL_USE -> FinishReason.TOOL_CALL;
            case REFUSAL -> FinishReason.REFUSAL;
            case PAUSE_TURN, _UNKNOWN -> FinishReason.OTHER;
        };
    }
}
