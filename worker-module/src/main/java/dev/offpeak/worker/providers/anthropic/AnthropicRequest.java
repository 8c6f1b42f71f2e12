package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.JsonValue;
import com.anthropic.core.ObjectMappers;
import com.anthropic.models.messages.CacheControlEphemeral;
import com.anthropic.models.messages.ContentBlockParam;
import com.anthropic.models.messages.JsonOutputFormat;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.OutputConfig;
import com.anthropic.models.messages.TextBlockParam;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Our request in Anthropic's words.
final class AnthropicRequest {

    /// The last version of the API that takes a temperature; the SDK speaks a later one that refuses any.
    static final String VERSION_WITH_TEMPERATURE = "2023-06-01";

    private static final String BETWEEN = "\n\n";

    private AnthropicRequest() {}

    static MessageCreateParams of(CompletionRequest request) {
        var params = params(
                        request.model(),
                        request.messages(),
                        request.maxOutputTokens(),
                        request.temperature(),
                        request.responseFormat(),
                        0)
                .putAdditionalHeader("X-Client-Request-Id", request.callId().toString());
        if (sendsTemperature(request.model(), request.temperature())) {
            params.replaceAdditionalHeaders("anthropic-version", VERSION_WITH_TEMPERATURE);
        }
        return params.build();
    }

    /// What a line of a batch says: what a direct call would, and which prefix is to be kept.
    static MessageCreateParams.Body body(BatchLine line) {
        return params(
                        line.model(),
                        line.messages(),
                        line.maxOutputTokens(),
                        line.temperature(),
                        line.responseFormat(),
                        line.cachedMessages())
                .build()
                ._body();
    }

    private static MessageCreateParams.Builder params(
            String model,
            List<ChatMessage> messages,
            int maxOutputTokens,
            @Nullable BigDecimal temperature,
            ResponseFormat format,
            int cachedMessages) {
        var params = MessageCreateParams.builder().model(model).maxTokens(maxOutputTokens);
        Optional<ResponseFormat.JsonSchema> enforced = enforced(model, format);
        enforced.ifPresent(schema -> params.outputConfig(OutputConfig.builder()
                .format(JsonOutputFormat.builder().schema(schema(schema)).build())
                .build()));
        List<ChatMessage> prefix = messages.subList(0, cachedMessages);
        int breakpoint = breakpoint(messages, cachedMessages);
        for (int at = 0; at < messages.size(); at++) {
            add(params, messages.get(at), at == breakpoint);
        }
        Stream<String> shape = enforced.isPresent() ? Stream.empty() : inWords(format);
        system(params, system(prefix.stream()), system(messages.stream().skip(cachedMessages), shape), breakpoint < 0);
        if (sendsTemperature(model, temperature)) {
            params.putAdditionalBodyProperty("temperature", JsonValue.from(temperature));
        }
        return params;
    }

    private static boolean sendsTemperature(String model, @Nullable BigDecimal temperature) {
        return temperature != null && ModelCapabilities.takesTemperature(ProviderSettings.ANTHROPIC, model);
    }

    /// System messages go before all others, wherever they stand: one behind the prefix ends it where it
    /// begins.
    ///
    /// @return which message is the last of the prefix; -1 where it ends with the system messages, or is
    ///     empty
    private static int breakpoint(List<ChatMessage> messages, int cachedMessages) {
        boolean systemBehind =
                messages.stream().skip(cachedMessages).anyMatch(message -> message.role() == ChatMessage.Role.SYSTEM);
        if (systemBehind) {
            return -1;
        }
        int last = cachedMessages - 1;
        while (last >= 0 && messages.get(last).role() == ChatMessage.Role.SYSTEM) {
            last--;
        }
        return last;
    }

    private static void add(MessageCreateParams.Builder params, ChatMessage message, boolean keep) {
        switch (message.role()) {
            case SYSTEM -> {} // has a parameter of its own
            case USER -> {
                if (keep) {
                    params.addUserMessageOfContentBlockParams(
                            List.of(ContentBlockParam.ofText(kept(message.content()))));
                } else {
                    params.addUserMessage(message.content());
                }
            }
            case ASSISTANT -> {
                if (keep) {
                    params.addAssistantMessageOfContentBlockParams(
                            List.of(ContentBlockParam.ofText(kept(message.content()))));
                } else {
                    params.addAssistantMessage(message.content());
                }
            }
        }
    }

    /// @param prefix what all lines share
    /// @param rest what comes behind it
    /// @param keep whether the prefix ends here
    private static void system(MessageCreateParams.Builder params, String prefix, String rest, boolean keep) {
        if (keep && !prefix.isEmpty()) {
            var blocks = new ArrayList<TextBlockParam>();
            blocks.add(kept(prefix));
            if (!rest.isEmpty()) {
                blocks.add(TextBlockParam.builder().text(BETWEEN + rest).build());
            }
            params.systemOfTextBlockParams(blocks);
            return;
        }
        String all = Stream.of(prefix, rest).filter(text -> !text.isEmpty()).collect(Collectors.joining(BETWEEN));
        if (!all.isEmpty()) {
            params.system(all);
        }
    }

    /// An hour: a batch may well take longer to begin than the five minutes that are the default.
    private static TextBlockParam kept(String text) {
        return TextBlockParam.builder()
                .text(text)
                .cacheControl(CacheControlEphemeral.builder()
                        .ttl(CacheControlEphemeral.Ttl.TTL_1H)
                        .build())
                .build();
    }

    /// A strict schema is enforced by the provider where the model knows how: it refuses open objects and bounds, as
    /// OpenAI does of a strict schema only. Anything else is asked for in words.
    private static Optional<ResponseFormat.JsonSchema> enforced(String model, ResponseFormat format) {
        return format instanceof ResponseFormat.JsonSchema schema
                        && schema.strict()
                        && ModelCapabilities.followsSchemas(ProviderSettings.ANTHROPIC, model)
                ? Optional.of(schema)
                : Optional.empty();
    }

    private static String system(Stream<ChatMessage> messages) {
        return system(messages, Stream.empty());
    }

    private static String system(Stream<ChatMessage> messages, Stream<String> shape) {
        Stream<String> said = messages.filter(message -> message.role() == ChatMessage.Role.SYSTEM)
                .map(ChatMessage::content);
        return Stream.concat(said, shape).filter(text -> !text.isBlank()).collect(Collectors.joining(BETWEEN));
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
