package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.helpers.ResponseAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.embeddings.CreateEmbeddingResponse;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import java.math.BigDecimal;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiSdkTest {
    private static final String PROMPT = "Describe a folding bicycle for commuters.";

    private RunningSimulator simulator;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
    }

    @Test
    void completesAChatAndCountsWhatItSaid() {
        ChatCompletion first = chat("gpt-4o-mini", PROMPT);
        ChatCompletion second = chat("gpt-4o-mini", PROMPT);

        var usage = first.usage().orElseThrow();
        assertThat(text(first)).isNotBlank().isEqualTo(text(second));
        assertThat(first.choices().getFirst().finishReason().asString()).isEqualTo("stop");
        assertThat(text(chat("gpt-4o", PROMPT))).isNotEqualTo(text(first));
        var tokens = simulator.stats().path("tokens").path("gpt-4o-mini");
        assertThat(tokens.path("input").asLong()).isEqualTo(2 * usage.promptTokens());
        assertThat(tokens.path("output").asLong()).isEqualTo(2 * usage.completionTokens());
        assertThat(simulator.stats().path("executions").path("repeated").asInt())
                .isEqualTo(2);
    }

    @Test
    void bringsAnotherAnswerForAnotherSeed() {
        String before = text(chat("gpt-4o-mini", PROMPT));

        simulator.behave("{\"seed\":2}");

        assertThat(text(chat("gpt-4o-mini", PROMPT))).isNotEqualTo(before);
    }

    @Test
    void stopsWhereItIsToldTo() {
        ChatCompletion cut = simulator
                .openAi()
                .chat()
                .completions()
                .create(params("gpt-4o-mini", PROMPT).maxCompletionTokens(3).build());

        assertThat(cut.choices().getFirst().finishReason().asString()).isEqualTo("length");
        assertThat(cut.usage().orElseThrow().completionTokens()).isEqualTo(3);
    }

    @Test
    void endsAsSupplied() {
        simulator.supply("p1", "Forty-two.", "stop");
        simulator.supply("p2", "I cannot help with that.", "refusal");
        simulator.supply("p3", "ignored", "empty");
        simulator.supply("p4", "{\"city\":\"Rome\"}", "tool");

        assertThat(text(chat("gpt-4o", "p1"))).isEqualTo("Forty-two.");
        assertThat(chat("gpt-4o", "p2").choices().getFirst().message().refusal())
                .hasValue("I cannot help with that.");
        assertThat(text(chat("gpt-4o", "p3"))).isEmpty();
        var tool = chat("gpt-4o", "p4").choices().getFirst();
        assertThat(tool.finishReason().asString()).isEqualTo("tool_calls");
        assertThat(tool.message()
                        .toolCalls()
                        .orElseThrow()
                        .getFirst()
                        .asFunction()
                        .function()
                        .arguments())
                .isEqualTo("{\"city\":\"Rome\"}");
    }

    @Test
    void streamsTheSameChat() {
        String whole = text(chat("gpt-4o-mini", PROMPT));
        var accumulator = ChatCompletionAccumulator.create();

        try (var stream = simulator
                .openAi()
                .chat()
                .completions()
                .createStreaming(params("gpt-4o-mini", PROMPT)
                        .streamOptions(ChatCompletionStreamOptions.builder()
                                .includeUsage(true)
                                .build())
                        .build())) {
            stream.stream().forEach(accumulator::accumulate);
        }

        ChatCompletion streamed = accumulator.chatCompletion();
        assertThat(text(streamed)).isEqualTo(whole);
        assertThat(streamed.usage().orElseThrow().completionTokens()).isPositive();
    }

    @Test
    void respondsInTheShapeOfResponses() {
        Response response = simulator
                .openAi()
                .responses()
                .create(ResponseCreateParams.builder()
                        .model("gpt-5-mini")
                        .instructions("Be brief.")
                        .input(PROMPT)
                        .build());
        Response cut = simulator
                .openAi()
                .responses()
                .create(ResponseCreateParams.builder()
                        .model("gpt-4.1")
                        .input(PROMPT)
                        .maxOutputTokens(16)
                        .build());

        assertThat(response.status()).hasValue(ResponseStatus.COMPLETED);
        assertThat(text(response)).isNotBlank();
        assertThat(response.usage().orElseThrow().outputTokens()).isPositive();
        assertThat(cut.status()).hasValue(ResponseStatus.INCOMPLETE);
        assertThat(cut.usage().orElseThrow().outputTokens()).isEqualTo(16);
    }

    @Test
    void streamsTheSameResponse() {
        var params = ResponseCreateParams.builder()
                .model("gpt-4.1-mini")
                .input(PROMPT)
                .build();
        var accumulator = ResponseAccumulator.create();

        try (var stream = simulator.openAi().responses().createStreaming(params)) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }

        assertThat(text(accumulator.response()))
                .isEqualTo(text(simulator.openAi().responses().create(params)));
    }

    @Test
    void embedsIntoUnitVectors() {
        var params = EmbeddingCreateParams.builder()
                .model("text-embedding-3-small")
                .inputOfArrayOfStrings(java.util.List.of("a red bicycle", "a red bicycle bell"))
                .dimensions(256);

        CreateEmbeddingResponse floats = simulator
                .openAi()
                .embeddings()
                .create(params.encodingFormat(EmbeddingCreateParams.EncodingFormat.FLOAT)
                        .build());
        CreateEmbeddingResponse base64 = simulator
                .openAi()
                .embeddings()
                .create(params.encodingFormat(EmbeddingCreateParams.EncodingFormat.BASE64)
                        .build());

        var vector = floats.data().getFirst().embedding();
        assertThat(vector).hasSize(256).isEqualTo(base64.data().getFirst().embedding());
        assertThat(vector.stream().mapToDouble(x -> x * x).sum()).isCloseTo(1, within(1e-4));
        assertThat(floats.usage().promptTokens()).isEqualTo(7);
        assertThat(simulator.executions()).isZero();
        assertThat(simulator.stats().path("calls").path("embeddings").asInt()).isEqualTo(2);
    }

    @Test
    void listsModels() {
        assertThat(simulator.openAi().models().list().data())
                .extracting(model -> model.id())
                .contains("gpt-4o-mini", "text-embedding-3-large");
        assertThat(simulator.openAi().models().retrieve("gpt-4o").id()).isEqualTo("gpt-4o");
        assertThatThrownBy(() -> simulator.openAi().models().retrieve("gpt-9")).isInstanceOf(NotFoundException.class);
    }

    @Test
    void cachesALongPrefix() {
        String prompt = "A steady rain fell on the old harbour town. ".repeat(200);
        chat("gpt-4o", prompt);

        var usage = chat("gpt-4o", prompt).usage().orElseThrow();

        long cached = usage.promptTokensDetails().orElseThrow().cachedTokens().orElseThrow();
        assertThat(cached).isGreaterThanOrEqualTo(1_024).isLessThan(usage.promptTokens());
        assertThat(cached % 128).isZero();
        assertThat(simulator
                        .stats()
                        .path("tokens")
                        .path("gpt-4o")
                        .path("cached_input")
                        .asLong())
                .isEqualTo(cached);
    }

    @Test
    void refusesWhatTheProviderRefuses() {
        assertThatThrownBy(() -> chat("gpt-9", PROMPT))
                .isInstanceOfSatisfying(
                        NotFoundException.class, e -> assertThat(e.code()).hasValue("model_not_found"));
        assertThatThrownBy(() -> create(params("gpt-4o", PROMPT).temperature(3)))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.param()).hasValue("temperature"));
        assertThatThrownBy(() -> create(params("gpt-5-mini", PROMPT).temperature(0)))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.code()).hasValue("unsupported_value"));
        assertThatThrownBy(() -> create(params("o4-mini", PROMPT)
                        .putAdditionalBodyProperty("max_tokens", com.openai.core.JsonValue.from(5))))
                .isInstanceOfSatisfying(
                        BadRequestException.class, e -> assertThat(e.code()).hasValue("unsupported_parameter"));
        assertThatThrownBy(() -> simulator
                        .openAi()
                        .withOptions(options -> options.apiKey("sk-invalid-1"))
                        .chat()
                        .completions()
                        .create(params("gpt-4o", PROMPT).build()))
                .isInstanceOf(UnauthorizedException.class);
        assertThat(simulator.executions()).isZero();
        assertThat(simulator.stats().path("calls").path("chat_completions").asInt())
                .isEqualTo(5);
    }

    @Test
    void limitsTheRate() {
        simulator.behave("{\"rate_limit_rpm\":1}");
        chat("gpt-4o", PROMPT);

        assertThatThrownBy(() -> chat("gpt-4o", PROMPT)).isInstanceOfSatisfying(RateLimitException.class, e -> {
            assertThat(e.headers().values("Retry-After")).hasSize(1);
            assertThat(e.headers().values("x-ratelimit-limit-requests")).containsExactly("1");
        });
        assertThat(simulator.executions()).isOne();
    }

    @ParameterizedTest
    @ValueSource(ints = {500, 503, 529})
    void failsWithoutRunning(int status) {
        simulator.behave("{\"error_rate\":1,\"error_status\":" + status + "}");

        assertThatThrownBy(() -> chat("gpt-4o", PROMPT))
                .isInstanceOfSatisfying(
                        InternalServerException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(status));
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void answersOnTheFlexTierAtHalfThePrice() {
        var flex = params("gpt-5-mini", PROMPT).serviceTier(ChatCompletionCreateParams.ServiceTier.FLEX);
        chat("gpt-5-mini", PROMPT);
        BigDecimal list = billed();

        ChatCompletion answer = create(flex);

        assertThat(answer.serviceTier()).contains(ChatCompletion.ServiceTier.FLEX);
        assertThat(billed().subtract(list)).isEqualByComparingTo(list.divide(BigDecimal.TWO));
    }

    @Test
    void answersModelsWithoutAFlexTierAtTheListPrice() {
        ChatCompletion answer =
                create(params("gpt-4o", PROMPT).serviceTier(ChatCompletionCreateParams.ServiceTier.FLEX));

        assertThat(answer.serviceTier()).contains(ChatCompletion.ServiceTier.DEFAULT);
    }

    @Test
    void hasNothingToSpareForFlexCallsWhereItIsToldSo() {
        simulator.behave("{\"batch\":{\"flex_unavailable_rate\":1}}");

        assertThatThrownBy(() ->
                        create(params("gpt-5-mini", PROMPT).serviceTier(ChatCompletionCreateParams.ServiceTier.FLEX)))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("Resource Unavailable");
        assertThat(simulator.executions()).isZero();
        chat("gpt-5-mini", PROMPT);
        assertThat(simulator.executions()).isOne();
    }

    private BigDecimal billed() {
        return new BigDecimal(simulator.stats().path("billed_usd").asString());
    }

    @Test
    void countsAHungAnswerOnce() {
        simulator.behave("{\"hang_rate\":1}");

        var waiting = simulator
                .openAi()
                .async()
                .chat()
                .completions()
                .create(params("gpt-4o", PROMPT).build());

        Awaitility.await().until(() -> simulator.executions() == 1);
        assertThat(simulator.send("GET", "/_sim/executions", "").body()).contains("\"outcome\":\"hung\"");
        assertThat(waiting).isNotDone();
        waiting.cancel(true);
        assertThat(simulator.executions()).isOne();
    }

    @Test
    void countsAMalformedAnswerOnce() {
        simulator.behave("{\"malformed_rate\":1}");

        assertThatThrownBy(() -> chat("gpt-4o", PROMPT)).isInstanceOf(OpenAIException.class);
        assertThat(simulator.executions()).isOne();
        assertThat(simulator.send("GET", "/_sim/executions", "").body()).contains("\"outcome\":\"malformed\"");
    }

    private ChatCompletion chat(String model, String prompt) {
        return create(params(model, prompt));
    }

    private ChatCompletion create(ChatCompletionCreateParams.Builder params) {
        return simulator.openAi().chat().completions().create(params.build());
    }

    private static ChatCompletionCreateParams.Builder params(String model, String prompt) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage(prompt);
    }

    private static String text(ChatCompletion completion) {
        return completion.choices().getFirst().message().content().orElse("");
    }

    private static String text(Response response) {
        return response.output()
                .getFirst()
                .asMessage()
                .content()
                .getFirst()
                .asOutputText()
                .text();
    }
}
