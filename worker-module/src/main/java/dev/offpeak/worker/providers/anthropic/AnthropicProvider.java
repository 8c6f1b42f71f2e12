package dev.offpeak.worker.providers.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.ObjectMappers;
import com.anthropic.core.RequestOptions;
import com.anthropic.core.Timeout;
import com.anthropic.errors.AnthropicException;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.providers.InterruptibleExchange;
import dev.offpeak.worker.providers.Redaction;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;

/// Messages at Anthropic.
final class AnthropicProvider implements Provider {

    private final AnthropicClient client;
    private final Optional<String> key;
    private final Duration connectTimeout;
    private final AnthropicErrors errors;

    /// @param client its own retries off
    /// @param key what must not show up in an error
    AnthropicProvider(AnthropicClient client, Optional<String> key, Duration connectTimeout, Clock clock) {
        this.client = client;
        this.key = key;
        this.connectTimeout = connectTimeout;
        this.errors = new AnthropicErrors(clock);
    }

    @Override
    public String name() {
        return ProviderSettings.ANTHROPIC;
    }

    @Override
    public ProviderAnswer complete(CompletionRequest request) throws InterruptedException {
        return InterruptibleExchange.run(() -> exchange(request));
    }

    private ProviderAnswer exchange(CompletionRequest request) {
        var options = RequestOptions.builder()
                .timeout(Timeout.builder()
                        .connect(connectTimeout)
                        .request(request.timeout())
                        .build())
                .build();
        try (var answer = client.messages().withRawResponse().create(AnthropicRequest.of(request), options)) {
            return AnthropicAnswer.of(answer.parse(), answer.requestId().orElse(null));
        } catch (AnthropicException failure) {
            return new ProviderAnswer.Failed(errors.translate(failure, new Redaction(key, request.messages())));
        }
    }

    /// Loads what the first call would otherwise wait for; nothing is sent.
    void warm() throws IOException {
        var mapper = ObjectMappers.jsonMapper();
        mapper.writeValueAsBytes(MessageCreateParams.builder()
                .model("warm")
                .maxTokens(1)
                .addUserMessage("warm")
                .build()
                ._body());
        mapper.readValue("""
                {"id":"warm","type":"message","role":"assistant","model":"warm","stop_reason":"end_turn",
                 "stop_sequence":null,"content":[{"type":"text","text":"warm"}],
                 "usage":{"input_tokens":1,"output_tokens":1}}""", Message.class);
    }
}
