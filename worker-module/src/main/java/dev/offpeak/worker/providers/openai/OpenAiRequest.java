package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.openai.core.ObjectMappers;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.ServiceTier;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Our request in OpenAI's words.
final class OpenAiRequest {

    private OpenAiRequest() {}

    static ChatCompletionCreateParams of(CompletionRequest request) {
        var params = params(
                        request.model(),
                        request.messages(),
                        request.maxOutputTokens(),
                        request.temperature(),
                        request.responseFormat())
                .putAdditionalHeader("X-Client-Request-Id", request.callId().toString());
        if (request.serviceTier() == ServiceTier.FLEX) {
            params.serviceTier(ChatCompletionCreateParams.ServiceTier.FLEX);
        }
        return params.build();
    }

    /// What a line of a batch says, which is what a direct call would; its cache OpenAI minds by itself.
    static ChatCompletionCreateParams.Body body(BatchLine line) {
        return params(line.model(), line.messages(), line.maxOutputTokens(), line.temperature(), line.responseFormat())
                .build()
                ._body();
    }

    private static ChatCompletionCreateParams.Builder params(
            String model,
            List<ChatMessage> messages,
            int maxOutputTokens,
            @Nullable BigDecimal temperature,
            ResponseFormat format) {
        var params = ChatCompletionCreateParams.builder().model(model);
        messages.forEach(message -> add(params, message));
        limit(params, model, maxOutputTokens);
        if (temperature != null && ModelCapabilities.takesTemperature(ProviderSettings.OPENAI, model)) {
            params.temperature(temperature.doubleValue());
        }
        format(params, format);
        return params;
    }

    private static void add(ChatCompletionCreateParams.Builder params, ChatMessage message) {
        switch (message.role()) {
            case SYSTEM -> params.addSystemMessage(message.content());
            case USER -> params.addUserMessage(message.content());
            case ASSISTANT -> params.addAssistantMessage(message.content());
        }
    }

    /// Reasoning models refuse `max_tokens`; many other servers that speak this protocol know nothing else.
    @SuppressWarnings("deprecation") // because servers other than OpenAI's know the old name only
    private static void limit(ChatCompletionCreateParams.Builder params, String model, int maxOutputTokens) {
        if (ModelCapabilities.reasons(ProviderSettings.OPENAI, model)) {
            params.maxCompletionTokens(maxOutputTokens);
        } else {
            params.maxTokens(maxOutputTokens);
        }
    }

    private static void format(ChatCompletionCreateParams.Builder params, ResponseFormat format) {
        switch (format) {
            case ResponseFormat.Text _ -> {}
            case ResponseFormat.JsonObject _ ->
                params.responseFormat(ResponseFormatJsonObject.builder().build());
            case ResponseFormat.JsonSchema wanted ->
                params.responseFormat(ResponseFormatJsonSchema.builder()
                        .jsonSchema(ResponseFormatJsonSchema.JsonSchema.builder()
                                .name(wanted.name())
                                .strict(wanted.strict())
                                .schema(schema(wanted))
                                .build())
                        .build());
        }
    }

    private static ResponseFormatJsonSchema.JsonSchema.Schema schema(ResponseFormat.JsonSchema wanted) {
        try {
            return ObjectMappers.jsonMapper()
                    .readValue(wanted.schema(), ResponseFormatJsonSchema.JsonSchema.Schema.class);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("The schema of the response format is not a JSON object", notJson);
        }
    }
}
