package dev.offpeak.worker.providers.openai;

import static dev.offpeak.shared.providers.ServiceTier.DEFAULT;
import static dev.offpeak.shared.providers.ServiceTier.FLEX;
import static dev.offpeak.shared.providers.ServiceTier.OTHER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.providers.Completion.FinishReason;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.providers.ProviderContract;
import java.math.BigDecimal;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiProviderTest extends ProviderContract {

    private static final String SCHEMA =
            "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"}},\"required\":[\"name\"],\"additionalProperties\":false}";

    @Override
    protected Provider provider(ProviderSettings settings) {
        return OpenAiConfiguration.provider(settings, NOON);
    }

    @Override
    protected ProviderSettings settings(@Nullable String key, URI baseUrl, Duration connectTimeout) {
        return new ProviderSettings(
                new ProviderSettings.Account(key, baseUrl),
                new ProviderSettings.Account(null, null),
                null,
                Duration.ofSeconds(120),
                connectTimeout);
    }

    @Override
    protected URI baseUrl(int port) {
        return URI.create("http://127.0.0.1:" + port + "/v1");
    }

    @Override
    protected String path() {
        return "/v1/chat/completions";
    }

    @Override
    protected String model() {
        return "gpt-4o-mini";
    }

    @Override
    protected String answered(String text, FinishReason reason) {
        String finish = switch (reason) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case REFUSAL -> "content_filter";
            case TOOL_CALL -> "tool_calls";
            case OTHER -> "something_new";
        };
        return answer("\"content\":\"" + text + "\",\"refusal\":null", finish, "\"cached_tokens\":0");
    }

    @Override
    protected String answeredFromPromptCache() {
        return answer("\"content\":\"Saturn.\"", "stop", "\"cached_tokens\":60")
                .replace("\"prompt_tokens\":12", "\"prompt_tokens\":100");
    }

    @Override
    protected String refused(String code, String message) {
        return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"some_type\",\"param\":null,\"code\":\"" + code
                + "\"}}";
    }

    @Test
    void sendsTheKeyAsBearer() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed();

        assertThat(onlyRequest().getHeader("Authorization")).isEqualTo("Bearer " + KEY);
    }

    @Test
    void takesARefusalInItsOwnFieldForARefusal() throws Exception {
        answers(json(200, answer("\"content\":null,\"refusal\":\"I cannot.\"", "stop", "\"cached_tokens\":0")));

        assertThat(completed().finishReason()).isEqualTo(FinishReason.REFUSAL);
    }

    @Test
    void countsTokensWrittenToThePromptCache() throws Exception {
        answers(json(200, answer("\"content\":\"x\"", "stop", "\"cached_tokens\":4,\"cache_write_tokens\":3")));

        assertThat(completed().usage()).isEqualTo(new Usage(12, 4, 3, 0, 5));
    }

    @Test
    void takesAnAnswerWithoutDetailsOfItsUsage() throws Exception {
        answers(json(200, """
                        {"id":"c","object":"chat.completion","created":1,"model":"llama3",
                         "choices":[{"index":0,"message":{"role":"assistant","content":"Saturn."},"finish_reason":"stop"}],
                         "usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"""));

        assertThat(completed().usage()).isEqualTo(Usage.of(12, 5));
    }

    @Test
    void neverTakesAMissingUsageForNothingUsed() throws Exception {
        answers(json(200, """
                        {"id":"c","object":"chat.completion","created":1,"model":"llama3",
                         "choices":[{"index":0,"message":{"role":"assistant","content":"Saturn."},"finish_reason":"stop"}]}"""));

        assertThat(failed()).isInstanceOf(ProviderError.Malformed.class);
    }

    @Test
    void returnsAnAnswerWithoutAChoiceAsEmpty() throws Exception {
        answers(json(200, """
                        {"id":"c","object":"chat.completion","created":1,"model":"gpt-4o-mini","choices":[],
                         "usage":{"prompt_tokens":12,"completion_tokens":0,"total_tokens":12}}"""));

        assertThat(completed().text()).isEmpty();
        assertThat(completed().finishReason()).isEqualTo(FinishReason.OTHER);
    }

    @Test
    void usesTheTypeWhereAnErrorHasNoCode() throws Exception {
        answers(json(400, "{\"error\":{\"message\":\"No.\",\"type\":\"invalid_request_error\",\"code\":null}}"));

        assertThat(failed())
                .isInstanceOfSatisfying(
                        ProviderError.Rejected.class,
                        rejected -> assertThat(rejected.vendorCode()).isEqualTo("invalid_request_error"));
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-mini,max_tokens",
        "llama3,max_tokens",
        "o3,max_completion_tokens",
        "gpt-5-mini,max_completion_tokens"
    })
    void limitsTheAnswerInTheWordsOfTheModel(String model, String field) throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed(provider(at(server.port())), request(model, null, new ResponseFormat.Text()));

        assertThat(onlyRequest().getBodyAsString()).contains("\"" + field + "\":64");
    }

    @Test
    void sendsATemperatureToModelsThatTakeOne() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed(provider(at(server.port())), request("gpt-4o", new BigDecimal("0.2"), new ResponseFormat.Text()));

        assertThat(onlyRequest().getBodyAsString()).contains("\"temperature\":0.2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"o3", "o4-mini", "gpt-5", "gpt-5.4-nano", "gpt-6-luna"})
    void sendsNoTemperatureToReasoningModels(String model) throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        completed(provider(at(server.port())), request(model, BigDecimal.ZERO, new ResponseFormat.Text()));

        assertThat(onlyRequest().getBodyAsString()).doesNotContain("temperature");
    }

    @Test
    void asksForAnyJsonObject() throws Exception {
        answers(json(200, answered("{}", FinishReason.STOP)));

        completed(provider(at(server.port())), request("gpt-4o", null, new ResponseFormat.JsonObject()));

        assertThat(onlyRequest().getBodyAsString()).contains("\"response_format\":{\"type\":\"json_object\"}");
    }

    @Test
    void asksForJsonThatFollowsASchema() throws Exception {
        answers(json(200, answered("{}", FinishReason.STOP)));

        completed(
                provider(at(server.port())),
                request("gpt-4o", null, new ResponseFormat.JsonSchema("planet", SCHEMA, true)));

        assertThat(onlyRequest().getBodyAsString())
                .contains("\"type\":\"json_schema\"", "\"name\":\"planet\"", "\"strict\":true", SCHEMA);
    }

    @Test
    void asksForTheFlexTierAndSaysWhichTierAnswered() throws Exception {
        for (var tier : Map.of("flex", FLEX, "default", DEFAULT, "on_demand", DEFAULT, "priority", OTHER)
                .entrySet()) {
            answers(json(
                    200,
                    answered("Saturn.", FinishReason.STOP)
                            .replace("\"service_tier\":\"default\"", "\"service_tier\":\"" + tier.getKey() + "\"")));

            assertThat(completed(provider(at(server.port())), flex()).servedAs())
                    .isEqualTo(tier.getValue());
            assertThat(onlyRequest().getBodyAsString()).contains("\"service_tier\":\"flex\"");
        }
    }

    @Test
    void saysNothingOfATierOtherwise() throws Exception {
        answers(json(200, answered("Saturn.", FinishReason.STOP)));

        assertThat(completed().servedAs()).isEqualTo(DEFAULT);
        assertThat(onlyRequest().getBodyAsString()).doesNotContain("service_tier");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"error\":{\"message\":\"Resource Unavailable\",\"type\":null,\"param\":null,\"code\":null}}",
                "{\"error\":{\"message\":\"Try again later.\",\"code\":\"resource_unavailable\"}}"
            })
    void tellsThatFlexHasNoCapacityFromALimitOfOurs(String body) throws Exception {
        answers(json(429, body));

        ProviderError failed = failed();

        assertThat(failed.mayHaveRun()).isFalse();
        assertThat(failed)
                .isInstanceOfSatisfying(
                        ProviderError.RateLimited.class,
                        limited -> assertThat(limited.noFlexCapacity()).isTrue());
        answers(json(429, refused("rate_limit_exceeded", "Slow down.")));
        assertThat(failed())
                .isInstanceOfSatisfying(
                        ProviderError.RateLimited.class,
                        limited -> assertThat(limited.noFlexCapacity()).isFalse());
    }

    private CompletionRequest flex() {
        var plain = request("gpt-5-mini", null, new ResponseFormat.Text());
        return new CompletionRequest(
                plain.callId(),
                plain.model(),
                plain.messages(),
                plain.maxOutputTokens(),
                plain.temperature(),
                plain.responseFormat(),
                plain.timeout(),
                FLEX);
    }

    private static String answer(String message, String finish, String details) {
        return """
                {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini-2024-07-18",
                 "choices":[{"index":0,"message":{"role":"assistant",%s},"logprobs":null,"finish_reason":"%s"}],
                 "usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,
                          "prompt_tokens_details":{%s},"completion_tokens_details":{"reasoning_tokens":0}},
                 "service_tier":"default","system_fingerprint":"fp_1","a_new_field":{"x":1}}""".formatted(message, finish, details);
    }
}
