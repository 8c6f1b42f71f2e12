package dev.offpeak.worker.providers.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.providers.ProviderContract;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicProviderTest extends ProviderContract {

    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],\"additionalProperties\":false}";

    @Override
    protected Provider provider(ProviderSettings settings) {
        return AnthropicConfiguration.provider(settings, NOON);
    }

    @Override
    protected ProviderSettings settings(@Nullable String key, URI baseUrl, Duration connectTimeout) {
        return new ProviderSettings(
                new ProviderSettings.Account(null, null),
                new ProviderSettings.Account(key, baseUrl),
                null,
                Duration.ofSeconds(120),
                connectTimeout);
    }

    @Override
    protected URI baseUrl(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    protected String path() {
        return "/v1/messages";
    }

    @Override
    protected String model() {
        return "claude-haiku-4-5";
    }

    @Override
    protected String answered(String text, FinishReason reason) {
        String stop = switch (reason) {
            case STOP -> "end_turn";
            case LENGTH -> "max_tokens";
            case REFUSAL -> "refusal";
            case TOOL_CALL -> "tool_use";
            case OTHER -> "pause_turn";
        };
        return answer(text.isEmpty() ? "" : text(text), stop, "\"input_tokens\":12,\"output_tokens\":5");
    }

    @Override
    protected String answeredFromPromptCache() {
        return usedBy(
                "\"input_tokens\":40,\"cache_read_input_tokens\":60,\"cache_creation_input_tokens\":0,\"output_tokens\":5");
    }

    @Override
    protected String refused(String code, String message) {
        return "{\"type\":\"error\",\"error\":{\"type\":\"" + code + "\",\"message\":\"" + message
                + "\"},\"request_id\":\"req_1\"}";
    }

    @Test
    void sendsSystemMessagesInTheirOwnParameter() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed();

        assertThat(onlyRequest().getBodyAsString())
                .contains("\"system\":\"Be brief.\"")
                .doesNotContain("\"role\":\"system\"");
    }

    @Test
    void joinsAllTextAndLeavesThoughtsAndUnknownBlocksOut() throws Exception {
        answers(json(
                200,
                answer(
                        "{\"type\":\"thinking\",\"thinking\":\"hm\",\"signature\":\"s\"}," + text("Sat")
                                + ",{\"type\":\"brand_new\",\"text\":\"no\"}," + text("urn."),
                        "end_turn",
                        "\"input_tokens\":12,\"output_tokens\":5")));

        assertThat(completed().text()).isEqualTo("Saturn.");
    }

    @ParameterizedTest
    @CsvSource({"10,20,10,20", "0,0,30,0", "5,0,30,0"})
    void addsWhatWasWrittenToThePromptCacheByLifetime(long in5m, long in1h, long counted5m, long counted1h)
            throws Exception {
        answers(json(
                200,
                usedBy("\"input_tokens\":7,\"cache_read_input_tokens\":3,\"cache_creation_input_tokens\":30,"
                        + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":" + in5m
                        + ",\"ephemeral_1h_input_tokens\":" + in1h + "},\"output_tokens\":5")));

        assertThat(completed().usage()).isEqualTo(new Usage(40, 3, counted5m, counted1h, 5));
    }

    @Test
    void takesAnUnknownStopReasonForNoSuccess() throws Exception {
        answers(json(200, answer(text("x"), "something_new", "\"input_tokens\":12,\"output_tokens\":5")));

        assertThat(completed().finishReason()).isEqualTo(FinishReason.OTHER);
    }

    @Test
    void speaksTheSdksVersionWithoutATemperature() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed();

        var sent = onlyRequest();
        assertThat(sent.header("anthropic-version").values()).containsExactly("2026-10-21");
        assertThat(sent.getHeader("Authorization")).isEqualTo("Bearer " + KEY);
        assertThat(sent.getBodyAsString()).doesNotContain("temperature");
    }

    @Test
    void pinsTheOldVersionForATemperature() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed(
                provider(at(server.port())),
                request("claude-haiku-4-5", new BigDecimal("0.2"), new ResponseFormat.Text()));

        var sent = onlyRequest();
        assertThat(sent.header("anthropic-version").values()).containsExactly("2023-06-01");
        assertThat(sent.header("x-api-key").values()).containsExactly(KEY);
        assertThat(sent.containsHeader("Authorization")).isFalse();
        assertThat(sent.getBodyAsString()).contains("\"temperature\":0.2");
    }

    @Test
    void sendsNoTemperatureToModelsThatRefuseIt() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed(provider(at(server.port())), request("claude-opus-4-7", BigDecimal.ZERO, new ResponseFormat.Text()));

        var sent = onlyRequest();
        assertThat(sent.header("anthropic-version").values()).containsExactly("2026-10-21");
        assertThat(sent.getBodyAsString()).doesNotContain("temperature");
    }

    @Test
    void holdsTheModelToAStrictSchema() throws Exception {
        answers(json(200, answered("{}", FinishReason.STOP)));

        completed(
                provider(at(server.port())),
                request("claude-haiku-4-5", null, new ResponseFormat.JsonSchema("planet", SCHEMA, true)));

        assertThat(onlyRequest().getBodyAsString())
                .contains("\"output_config\"", "\"type\":\"json_schema\"", "\"schema\":" + SCHEMA)
                .doesNotContain("Answer with JSON");
    }

    @ParameterizedTest
    @CsvSource({"claude-3-haiku-20240307,true", "claude-haiku-4-5,false"})
    void asksForALooseSchemaAndOlderModelsInWords(String model, boolean strict) throws Exception {
        answers(json(200, answered("{}", FinishReason.STOP)));

        completed(
                provider(at(server.port())),
                request(model, null, new ResponseFormat.JsonSchema("planet", SCHEMA, strict)));

        assertThat(onlyRequest().getBodyAsString())
                .contains("Be brief.\\n\\nAnswer with JSON that follows this JSON Schema")
                .doesNotContain("output_config");
    }

    @Test
    void allowsLongAnswers() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));
        var request = request("claude-opus-4-1", null, new ResponseFormat.Text());

        completed(
                provider(at(server.port())),
                new CompletionRequest(
                        request.callId(),
                        request.model(),
                        request.messages(),
                        64_000,
                        null,
                        request.responseFormat(),
                        request.timeout()));

        assertThat(onlyRequest().getBodyAsString()).contains("\"max_tokens\":64000");
    }

    private static String usedBy(String usage) {
        return answer(text("Saturn."), "end_turn", usage);
    }

    private static String text(String text) {
        return "{\"type\":\"text\",\"text\":\"" + text + "\",\"citations\":null}";
    }

    private static String answer(String blocks, String stop, String usage) {
        return """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001",
                 "content":[%s],"stop_reason":"%s","stop_sequence":null,"usage":{%s,"service_tier":"standard"},
                 "a_new_field":{"x":1}}""".formatted(blocks, stop, usage);
    }
}
