package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.core.JsonValue;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.errors.UnauthorizedException;
import com.anthropic.helpers.MessageAccumulator;
import com.anthropic.models.messages.CacheControlEphemeral;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCountTokensParams;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.TextBlockParam;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AnthropicSdkTest {
    private static final String PROMPT = "Describe a folding bicycle for commuters.";
    private static final String MODEL = "claude-haiku-4-5";

    private RunningSimulator simulator;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
    }

    @Test
    void writesAMessageAndCountsWhatItSaid() {
        Message message = create(params());

        assertThat(text(message)).isNotBlank().isEqualTo(text(create(params())));
        assertThat(reason(message)).isEqualTo("end_turn");
        var tokens = simulator.stats().path("tokens").path(MODEL);
        assertThat(tokens.path("input").asLong()).isEqualTo(2 * message.usage().inputTokens());
        assertThat(tokens.path("output").asLong()).isEqualTo(2 * message.usage().outputTokens());
    }

    @Test
    void countsTokensForNothing() {
        long counted = simulator
                .anthropic()
                .messages()
                .countTokens(MessageCountTokensParams.builder()
                        .model(MODEL)
                        .addUserMessage(PROMPT)
                        .build())
                .inputTokens();

        assertThat(counted).isEqualTo(create(params()).usage().inputTokens());
        assertThat(simulator.executions()).isOne();
    }

    @Test
    void endsAsSuppliedOrWhereItIsToldTo() {
        simulator.supply("p1", "I cannot help with that.", "refusal");
        simulator.supply("p2", "ignored", "empty");
        simulator.supply("p3", "one END two", "stop");

        assertThat(reason(create(params("p1")))).isEqualTo("refusal");
        assertThat(create(params("p2")).content()).isEmpty();
        Message stopped = create(params("p3").addStopSequence("END"));
        assertThat(reason(stopped)).isEqualTo("stop_sequence");
        assertThat(text(stopped)).isEqualTo("one ");
        Message cut = create(params().maxTokens(4));
        assertThat(reason(cut)).isEqualTo("max_tokens");
        assertThat(cut.usage().outputTokens()).isEqualTo(4);
    }

    @Test
    void streamsTheSameMessage() {
        var accumulator = MessageAccumulator.create();

        try (var stream = simulator.anthropic().messages().createStreaming(params().build())) {
            stream.stream().forEach(event -> accumulator.accumulate(event.validate()));
        }

        Message whole = create(params());
        assertThat(text(accumulator.message())).isEqualTo(text(whole));
        assertThat(accumulator.message().usage().outputTokens())
                .isEqualTo(whole.usage().outputTokens());
    }

    @Test
    void addsCachedTokensBesideTheInput() {
        String manual = "A steady rain fell on the old harbour town. ".repeat(600);
        var system = List.of(TextBlockParam.builder()
                .text(manual)
                .cacheControl(CacheControlEphemeral.builder()
                        .ttl(CacheControlEphemeral.Ttl.TTL_1H)
                        .build())
                .build());

        var first = create(params().systemOfTextBlockParams(system)).usage();
        var second = create(params("Another question").systemOfTextBlockParams(system))
                .usage();

        long written = first.cacheCreation().orElseThrow().ephemeral1hInputTokens();
        assertThat(written).isGreaterThan(4_096);
        assertThat(first.cacheCreationInputTokens()).hasValue(written);
        assertThat(second.cacheReadInputTokens()).hasValue(written);
        assertThat(second.inputTokens()).isLessThan(100);
        var tokens = simulator.stats().path("tokens").path(MODEL);
        assertThat(tokens.path("cache_write_1h").asLong()).isEqualTo(written);
        assertThat(tokens.path("cached_input").asLong()).isEqualTo(written);
        assertThat(tokens.path("input").asLong()).isEqualTo(2 * written + first.inputTokens() + second.inputTokens());
    }

    @Test
    void callsAToolWhereItMust() {
        var tool = Map.of(
                "name",
                "weather",
                "input_schema",
                Map.of(
                        "type",
                        "object",
                        "properties",
                        Map.of("city", Map.of("type", "string")),
                        "required",
                        List.of("city")));

        Message message = create(params().putAdditionalBodyProperty("tools", JsonValue.from(List.of(tool)))
                .putAdditionalBodyProperty("tool_choice", JsonValue.from(Map.of("type", "any"))));

        assertThat(reason(message)).isEqualTo("tool_use");
        assertThat(message.content().getFirst().asToolUse().name()).isEqualTo("weather");
    }

    @Test
    void followsTheRulesOfEachVersion() {
        assertThatThrownBy(() -> create(params().putAdditionalBodyProperty("temperature", JsonValue.from(0))))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("temperature");
        assertThat(create(params().putAdditionalBodyProperty("temperature", JsonValue.from(0))
                        .replaceAdditionalHeaders("anthropic-version", "2023-06-01")))
                .isNotNull();
        assertThatThrownBy(() -> create(params().replaceAdditionalHeaders("anthropic-version", "2020-01-01")))
                .isInstanceOf(BadRequestException.class);
    }

    @Test
    void refusesWhatTheProviderRefuses() {
        assertThatThrownBy(() -> create(params().model("claude-9"))).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> create(params().maxTokens(-1))).isInstanceOf(BadRequestException.class);
        assertThatThrownBy(() -> create(params().putAdditionalBodyProperty("prompt", JsonValue.from("x"))))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("Extra inputs");
        assertThat(simulator
                        .send("POST", "/anthropic/v1/messages", "{}", "anthropic-version", "2023-06-01")
                        .body())
                .contains("authentication_error");
        assertThatThrownBy(() -> create(params().putAdditionalHeader("x-api-key", "sk-invalid-1")))
                .isInstanceOf(UnauthorizedException.class);
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void limitsTheRateAndOverloads() {
        simulator.behave("{\"rate_limit_tpm\":20}");
        create(params());
        assertThatThrownBy(() -> create(params()))
                .isInstanceOfSatisfying(
                        RateLimitException.class,
                        e -> assertThat(e.headers().values("Retry-After")).hasSize(1));

        simulator.behave("{\"rate_limit_tpm\":null,\"error_rate\":1,\"error_status\":529}");
        assertThatThrownBy(() -> create(params()))
                .isInstanceOfSatisfying(
                        InternalServerException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(529))
                .hasMessageContaining("overloaded_error");
        assertThat(simulator.executions()).isOne();
    }

    @Test
    void countsHungAndMalformedAnswersOnceEach() {
        simulator.behave("{\"hang_rate\":1}");
        var waiting = simulator.anthropic().async().messages().create(params().build());
        Awaitility.await().until(() -> simulator.executions() == 1);
        assertThat(waiting).isNotDone();
        waiting.cancel(true);

        simulator.behave("{\"hang_rate\":0,\"malformed_rate\":1}");
        assertThatThrownBy(() -> create(params())).isInstanceOf(AnthropicException.class);

        assertThat(simulator.executions()).isEqualTo(2);
    }

    @Test
    void listsModels() {
        assertThat(simulator.anthropic().models().list().data())
                .extracting(model -> model.id())
                .contains(MODEL);
        assertThat(simulator.anthropic().models().retrieve(MODEL).id()).isEqualTo(MODEL);
    }

    private Message create(MessageCreateParams.Builder params) {
        return simulator.anthropic().messages().create(params.build());
    }

    private static MessageCreateParams.Builder params() {
        return params(PROMPT);
    }

    private static MessageCreateParams.Builder params(String prompt) {
        return MessageCreateParams.builder().model(MODEL).maxTokens(300).addUserMessage(prompt);
    }

    private static String text(Message message) {
        return message.content().getFirst().asText().text();
    }

    private static String reason(Message message) {
        return message.stopReason().orElseThrow().asString();
    }
}
