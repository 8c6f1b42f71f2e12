package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.JsonValue;
import com.anthropic.core.ObjectMappers;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Our request in Anthropic's words.
final class AnthropicRequest {

    /// The last version of the API that takes a temperature; the SDK speaks a later one that refuses any.
    static final String VERSION_WITH_TEMPERATURE = "2023-06-01";

    private AnthropicRequest() {}

    static MessageCreateParams of(CompletionRequest request) {
        var params = MessageCreateParams.builder()
                .model(request.model())
                .maxTokens(request.maxOutputTokens())
                .putAdditionalHeader("X-Client-Request-Id", request.callId().toString());
        for (ChatMessage message : request.messages()) {
            switch (message.role()) {
                case SYSTEM -> {} // has a parameter of its own, below
                case USER -> params.addUserMessage(message.content());
                case ASSISTANT -> params.addAssistantMessage(message.content());
            }
        }
        String system = system(request);
        if (!system.isEmpty()) {
            params.system(system);
        }
        enforced(request)
                .ifPresent(schema -> params.outputConfig(OutputConfig.builder()
                        .format(JsonOutputFormat.builder()
                                .schema(schema(schema))
                                .build())
                        .build()));
        if (request.temperature() != null
                && ModelCapabilities.takesTemperature(ProviderSettings.ANTHROPIC, request.model())) {
            params.replaceAdditionalHeaders("anthropic-version", VERSION_WITH_TEMPERATURE);
            params.putAdditionalBodyProperty("temperature", JsonValue.from(request.temperature()));
        }
        return params.build();
    }

    /// A strict schema is enforced by the provider where the model knows how: it refuses open objects and bounds, as
    /// OpenAI does of a strict schema only. Anything else is asked for in words.
    private static Optional<ResponseFormat.JsonSchema> enforced(CompletionRequest request) {
        return request.responseFormat() instanceof ResponseFormat.JsonSchema schema
                        && schema.strict()
                        && ModelCapabilities.followsSchemas(ProviderSettings.ANTHROPIC, request.model())
                ? Optional.of(schema)
                : Optional.empty();
    }

    private static String system(CompletionRequest request) {
        Stream<String> said = request.messages().stream()
                .filter(message -> message.role() == ChatMessage.Role.SYSTEM)
                .map(ChatMessage::content);
        Stream<String> shape = enforced(request).isPresent() ? Stream.empty() : inWords(request.responseFormat());
        return Stream.concat(said, shape).filter(text -> !text.isBlank()).collect(Collectors.joining("\n\n"));
    }

    private static Stream<String> inWords(ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.Text _ -> Stream.empty();
            case ResponseFormat.JsonObject _ ->
                Stream.of("Answer with one JSON object and nothing else: no code fence, no words around it.");
            case ResponseFormat.JsonSchema wanted ->
                Stream.of("Answer with JSON that follows this JSON Schema and nothing else: no code fence, no words"
                        + " around it.\n" + wanted.schema());
        };
    }

    private static JsonOutputFormat.Schema schema(ResponseFormat.JsonSchema wanted) {
        try {
            return ObjectMappers.jsonMapper().readValue(wanted.schema(), JsonOutputFormat.Schema.class);
        } catch (JsonProcessingException notJson) {
            throw new IllegalArgumentException("The schema of the response format is not a JSON object", notJson);
        }
    }
}
