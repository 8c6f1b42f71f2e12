package dev.offpeak.worker.lanes.batch;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.api.EncodingType;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.TokenEstimate;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenCounterTest {

    private final TokenCounter counter = new TokenCounter();

    private static BatchLine line(String model, String prompt) {
        return new BatchLine(
                "c1",
                model,
                List.of(new ChatMessage(ChatMessage.Role.USER, prompt)),
                100,
                null,
                new ResponseFormat.Text(),
                0);
    }

    @Test
    void knowsWhichTokeniserAModelHas() {
        assertThat(TokenCounter.type("gpt-4.1-mini")).contains(EncodingType.O200K_BASE);
        assertThat(TokenCounter.type("gpt-5")).contains(EncodingType.O200K_BASE);
        assertThat(TokenCounter.type("o3")).contains(EncodingType.O200K_BASE);
        assertThat(TokenCounter.type("gpt-4")).contains(EncodingType.CL100K_BASE);
        assertThat(TokenCounter.type("gpt-3.5-turbo")).contains(EncodingType.CL100K_BASE);
        assertThat(TokenCounter.type("llama")).isEmpty();
    }

    @Test
    void countsAPromptOfKnownLength() {
        assertThat(counter.count("openai", line("gpt-4o-mini", "hello world"))).isEqualTo(2 + 4 + 3);
    }

    @Test
    void takesSpecialTokensOfUsersForText() {
        assertThat(counter.count("openai", line("gpt-4o-mini", "<|endoftext|>")))
                .isGreaterThan(4 + 3 + 1);
    }

    @Test
    void estimatesWhatNobodyCanCount() {
        BatchLine line = line("claude-haiku-4-5", "hello world");

        assertThat(counter.count("anthropic", line))
                .isEqualTo(TokenEstimate.of("anthropic", line.messages(), line.responseFormat()));
    }
}
