package dev.offpeak.worker.providers.openai;

import com.openai.client.OpenAIClient;
import com.openai.core.ObjectMappers;
import com.openai.core.RequestOptions;
import com.openai.core.Timeout;
import com.openai.errors.OpenAIException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
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

/// Chat Completions at OpenAI or at any server that speaks them.
final class OpenAiProvider implements Provider {

    private final OpenAIClient client;
    private final Optional<String> key;
    private final Duration connectTimeout;
    private final OpenAiErrors errors;

    /// @param client its own retries off
    /// @param key what must not show up in an error
    OpenAiProvider(OpenAIClient client, Optional<String> key, Duration connectTimeout, Clock clock) {
        this.client = client;
        this.key = key;
        this.connectTimeout = connectTimeout;
        this.errors = new OpenAiErrors(clock);
    }

    @Override
    public String name() {
        return ProviderSettings.OPENAI;
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
        try (var answer = client.chat().completions().withRawResponse().create(OpenAiRequest.of(request), options)) {
            return OpenAiAnswer.of(answer.parse(), answer.requestId().orElse(null));
        } catch (OpenAIException failure) {
            return new ProviderAnswer.Failed(errors.translate(failure, new Redaction(key, request.messages())));
        }
    }

    /// Loads what the first call would otherwise wait for; nothing is sent.
    void warm() throws IOException {
        var mapper = ObjectMappers.jsonMapper();
        mapper.writeValueAsBytes(ChatCompletionCreateParams.builder()
                .model("warm")
                .addUserMessage("warm")
                .build()
                ._body());
        mapper.readValue("""
                {"id":"warm","object":"chat.completion","created":0,"model":"warm",
                 "choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"warm"}}],
                 "usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""", ChatCompletion.class);
    }
}
