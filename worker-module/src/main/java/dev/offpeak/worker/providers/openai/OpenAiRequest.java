package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.openai.core.ObjectMappers;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;

/// Our request in OpenAI's words.
final class OpenAiRequest {

    private OpenAiRequest() {}

    static ChatCompletionCreateParams of(CompletionRequest request) {
        var params = ChatCompletionCreateParams.builder()
                .model(request.model())
                .putAdditionalHeader("X-Client-Request-Id", request.callId().toString());
        request.messages().forEach(message -> add(params, message));
        limit(params, request);
        if (request.temperature() != null
                && ModelCapabilities.takesTemperature(ProviderSettings.OPENAI, request.model())) {
            params.temperature(request.temperature().doubleValue());
        }
        format(params, request.responseFormat());
        return params.build();
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
    private static void limit(ChatCompletionCreateParams.Builder params, CompletionRequest request) {
        if (ModelCapabilities.reasons(ProviderSettings.OPENAI, request.model())) {
            params.maxCompletionTokens(request.maxOutputTokens());
        } else {
            params.maxTokens(request.maxOutputTokens());
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
