package dev.offpeak.worker.providers.anthropic;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ChatMessage.Role;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.RemoteBatch.Status;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.providers.BatchProviderContract;
import java.net.URI;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnthropicBatchesTest extends BatchProviderContract {

    private static final String RUNNING_COUNTS =
            "{\"processing\":9,\"succeeded\":0,\"errored\":0,\"canceled\":0,\"expired\":0}";

    @Override
    protected BatchProvider provider(ProviderSettings settings) {
        return AnthropicConfiguration.batches(settings, NOON);
    }

    @Override
    protected Provider direct(ProviderSettings settings) {
        return AnthropicConfiguration.provider(settings, NOON);
    }

    @Override
    protected ProviderSettings settings(@Nullable String key, URI baseUrl, Duration timeout) {
        return new ProviderSettings(
                new ProviderSettings.Account(null, null),
                new ProviderSettings.Account(key, baseUrl),
                null,
                timeout,
                Duration.ofSeconds(30));
    }

    @Override
    protected URI baseUrl(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    @Override
    protected String model() {
        return "claude-haiku-4-5";
    }

    @Override
    protected String directPath() {
        return "/v1/messages";
    }

    @Override
    protected String answer(String text) {
        return message(text, "\"input_tokens\":12,\"output_tokens\":5");
    }

    @Override
    protected String batchesPath() {
        return "/v1/messages/batches";
    }

    @Override
    protected String resultsPath() {
        return "/v1/messages/batches/b_1/results";
    }

    @Override
    protected JsonNode body(JsonNode line) {
        return line.path("params");
    }

    @Override
    protected String batch(String id, String status, Instant createdAt) {
        return batch(id, status, createdAt, RUNNING_COUNTS, "");
    }

    private static String batch(String id, String status, Instant createdAt, String counts, String more) {
        return """
                {"id":"%s","type":"message_batch","processing_status":"%s","request_counts":%s,"ended_at":null,\
                "created_at":"%s","expires_at":"%s","cancel_initiated_at":null,"archived_at":null,\
                "results_url":null,"new":[1]%s}""".formatted(
                        id,
                        status,
                        counts,
                        createdAt.toString().replace("Z", "+00:00"),
                        createdAt.plusSeconds(86_400).toString().replace("Z", "+00:00"),
                        more);
    }

    @Override
    protected String running() {
        return "in_progress";
    }

    @Override
    protected String cancelling() {
        return "canceling";
    }

    @Override
    protected String completed() {
        return "ended";
    }

    @Override
    protected String page(boolean more, List<String> batches) {
        String last = batches.isEmpty() ? "null" : batches.getLast().replaceFirst("\\{\"id\":(\"[^\"]+\").*", "$1");
        return "{\"data\":[" + String.join(",", batches) + "],\"has_more\":" + more + ",\"first_id\":null,\"last_id\":"
                + last + "}";
    }

    @Override
    protected String cursor() {
        return "after_id";
    }

    @Override
    protected String answered(String customId, String text) {
        return result(customId, "{\"type\":\"succeeded\",\"message\":" + answer(text) + "}");
    }

    @Override
    protected String failed(String customId, boolean retryable) {
        return errored(customId, retryable ? "overloaded_error" : "invalid_request_error", "No.");
    }

    @Override
    protected String expired(String customId) {
        return result(customId, "{\"type\":\"expired\"}");
    }

    @Override
    protected String cancelled(String customId) {
        return result(customId, "{\"type\":\"canceled\"}");
    }

    @Override
    protected String refused(String code, String message) {
        return "{\"type\":\"error\",\"error\":{\"type\":\"" + code + "\",\"message\":\"" + message
                + "\"},\"request_id\":\"req_1\"}";
    }

    private static String result(String customId, String result) {
        return "{\"custom_id\":\"" + customId + "\",\"result\":" + result + "}";
    }

    private static String errored(String customId, String type, String message) {
        return result(
                customId,
                "{\"type\":\"errored\",\"error\":{\"type\":\"error\",\"error\":{\"type\":\"" + type
                        + "\",\"message\":\"" + message + "\"}}}");
    }

    private static String message(String text, String usage) {
        return """
                {"id":"msg_1","type":"message","role":"assistant","model":"claude-haiku-4-5-20251001",\
                "content":[{"type":"text","text":"%s","citations":null}],"stop_reason":"end_turn","stop_sequence":null,\
                "usage":{%s,"service_tier":"batch"}}""".formatted(text, usage);
    }

    @Test
    void saysWhatItCanDo() {
        var can = provider().capabilities();

        assertThat(provider().name()).isEqualTo("anthropic");
        assertThat(can.window()).isEqualTo(Duration.ofHours(24));
        assertThat(can.mostLines()).isEqualTo(100_000);
        assertThat(can.mostBytes()).isEqualTo(240_000_000);
        assertThat(can.quotaUnit()).isEqualTo(QuotaUnit.REQUESTS);
        assertThat(List.of(
                        can.oneModel(), can.inputFiles(), can.tags(), can.progress(), can.validates(), can.webhooks()))
                .containsOnly(false);
        assertThat(can.primes()).isTrue();
        assertThat(can.cachesInBatches().test("claude-haiku-4-5")).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "claude-fable-5-1,512",
        "claude-mythos-5,512",
        "claude-opus-5,512",
        "claude-opus-5-5,512",
        "claude-sonnet-5-5,512",
        "claude-opus-4-1-20250805,1024",
        "claude-opus-4-8,1024",
        "claude-sonnet-4-20250514,1024",
        "claude-sonnet-4-6,1024",
        "claude-sonnet-5,1024",
        "claude-opus-4-7,2048",
        "claude-3-5-haiku-latest,2048",
        "claude-3-haiku-20240307,2048",
        "claude-opus-4-5,4096",
        "claude-haiku-4-5-20251001,4096",
        "claude-of-tomorrow,1024"
    })
    void knowsHowLongAPrefixHasToBe(String model, int tokens) {
        assertThat(provider().capabilities().shortestPrefix().applyAsInt(model)).isEqualTo(tokens);
    }

    @Test
    void sendsTheWrittenInputAsItIsUnderTheVersionThatTakesATemperature() throws Exception {
        stub(post(urlEqualTo(batchesPath())).willReturn(json(200, batch("b_1", running(), CREATED))));
        BatchCreation creation = creation();

        RemoteBatch made = done(provider().create(creation));

        var sent = server.getAllServeEvents().getFirst().getRequest();
        assertThat(sent.getBody()).isEqualTo(Files.readAllBytes(creation.input().file()));
        assertThat(sent.getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(sent.getHeader("Content-Length")).isEqualTo(String.valueOf(sent.getBody().length));
        assertThat(sent.header("anthropic-version").values()).containsExactly("2023-06-01");
        assertThat(sent.header("x-api-key").values()).containsExactly(KEY);
        assertThat(sent.containsHeader("Authorization")).isFalse();
        assertThat(made.lines()).isEqualTo(9);
        assertThat(List.of(made.completed(), made.failed())).containsOnly(0);
    }

    @Test
    void asksForEverythingUnderThatVersion() throws Exception {
        stub(get(urlEqualTo(batchesPath() + "/b_1")).willReturn(json(200, batch("b_1", running(), CREATED))));
        done(provider().find("b_1"));

        var sent = server.getAllServeEvents().getFirst().getRequest();
        assertThat(sent.header("anthropic-version").values()).containsExactly("2023-06-01");
        assertThat(sent.header("x-api-key").values()).containsExactly(KEY);
    }

    @Test
    void hasNoFilesOfItsOwn() throws Exception {
        assertThat(done(provider().uploaded("pb_1.jsonl"))).isEmpty();
        assertThat(done(provider().deleteInput("file-in"))).isFalse();
        BatchCreation creation = creation();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> provider().upload(creation.input()));
        assertThat(server.getAllServeEvents()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "9,0,0,0,false,COMPLETED",
        "0,9,0,0,false,COMPLETED",
        "5,1,0,3,false,EXPIRED",
        "5,1,3,0,true,CANCELLED",
        "9,0,0,0,true,COMPLETED"
    })
    void tellsByItsLinesHowABatchEnded(
            int succeeded, int errored, int canceled, int expired, boolean asked, Status status) throws Exception {
        String counts = "{\"processing\":0,\"succeeded\":%d,\"errored\":%d,\"canceled\":%d,\"expired\":%d}"
                .formatted(succeeded, errored, canceled, expired);
        String batch = batch("b_1", "ended", CREATED, counts, "")
                .replace("\"ended_at\":null", "\"ended_at\":\"2026-11-21T11:30:00.154311+00:00\"")
                .replace("\"results_url\":null", "\"results_url\":\"https://elsewhere.invalid/results\"");
        stub(get(urlEqualTo(batchesPath() + "/b_1"))
                .willReturn(json(
                        200,
                        asked
                                ? batch.replace(
                                        "\"cancel_initiated_at\":null",
                                        "\"cancel_initiated_at\":\"2026-11-21T11:20:00+00:00\"")
                                : batch)));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.status()).isEqualTo(status);
        assertThat(found.lines()).isEqualTo(9);
        assertThat(found.completed()).isEqualTo(succeeded);
        assertThat(found.failed()).isEqualTo(9 - succeeded);
        assertThat(found.endedAt()).isEqualTo(Instant.parse("2026-11-21T11:30:00.154311Z"));
        assertThat(found.outputFileId()).isEqualTo("https://elsewhere.invalid/results");
    }

    @Test
    void neverReadsArchivedResultsAsNone() throws Exception {
        stub(get(urlEqualTo(resultsPath())).willReturn(json(404, refused("not_found_error", "Archived."))));

        assertThat(failed(provider().results(remote(null, null), _ -> {})).detail())
                .contains("Archived.");
    }

    @Test
    void readsResultsFromTheConfiguredAddressOnly() throws Exception {
        results(lines(answered("r-1", "One.")));

        assertThat(done(provider().results(remote("http://elsewhere.invalid/results", null), _ -> {})))
                .isEqualTo(1);
    }

    @Test
    void addsWhatWasReadFromTheCacheAndWrittenToItToThePrompt() throws Exception {
        results(lines(result("r-1", "{\"type\":\"succeeded\",\"message\":" + message("1.", """
                "input_tokens":7,"cache_read_input_tokens":3,"cache_creation_input_tokens":30,\
                "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},"output_tokens":5""") + "}")));

        assertThat(onlyLine())
                .isInstanceOfSatisfying(
                        LineResult.Answered.class,
                        line -> assertThat(line.completion().usage()).isEqualTo(new Usage(40, 3, 10, 20, 5)));
    }

    @ParameterizedTest
    @CsvSource({
        "invalid_request_error,false",
        "not_found_error,false",
        "request_too_large,false",
        "api_error,true",
        "overloaded_error,true",
        "rate_limit_error,true",
        "timeout_error,true",
        "authentication_error,true",
        "brand_new_error,true"
    })
    void saysWhetherAnErroredLineMayFareBetterLater(String type, boolean retryable) throws Exception {
        results(lines(errored("r-1", type, "No.")));

        assertThat(onlyLine()).isEqualTo(new LineResult.Failed("r-1", retryable, type, type + ": No."));
    }

    @Test
    void tellsAnAccountWithoutCreditFromABadRequest() throws Exception {
        results(lines(errored(
                "r-1",
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.")));

        assertThat(onlyLine()).isInstanceOfSatisfying(LineResult.Failed.class, failed -> {
            assertThat(failed.retryable()).isTrue();
            assertThat(failed.accountOutOfCredit()).isTrue();
        });
    }

    @Test
    void deniesNoBillForAResultThatItDoesNotKnow() throws Exception {
        results(lines(result("r-1", "{\"type\":\"brand_new\"}")));

        assertThat(onlyLine()).isInstanceOf(LineResult.Unreadable.class);
    }

    @Test
    void keepsThePrefixForAnHourWhereItEndsWithTheSystemMessage() throws Exception {
        JsonNode body = cached(1, conversation("Which planet?"));

        assertThat(body.path("system")).isEqualTo(JSON.readTree("""
                [{"text":"Be brief.","type":"text","cache_control":{"type":"ephemeral","ttl":"1h"}}]"""));
        assertThat(body.path("messages").toString()).doesNotContain("cache_control");
    }

    @Test
    void keepsThePrefixForAnHourWhereItEndsWithAMessage() throws Exception {
        JsonNode body = cached(3, conversation("Which planet?"));

        assertThat(body.path("system").asText()).isEqualTo("Be brief.");
        assertThat(body.path("messages").path(0).toString()).doesNotContain("cache_control");
        assertThat(body.path("messages").path(1)).isEqualTo(JSON.readTree("""
                {"role":"assistant","content":[{"text":"Hello!","type":"text",
                 "cache_control":{"type":"ephemeral","ttl":"1h"}}]}"""));
        assertThat(body.path("messages").path(2).path("content").asText()).isEqualTo("Which planet?");
    }

    @Test
    void endsThePrefixBeforeASystemMessageThatIsNotShared() throws Exception {
        JsonNode body = cached(
                2,
                List.of(
                        new ChatMessage(Role.SYSTEM, "Be brief."),
                        new ChatMessage(Role.USER, "Hello"),
                        new ChatMessage(Role.SYSTEM, "Today is Monday."),
                        new ChatMessage(Role.USER, "Which day?")));

        assertThat(body.path("system")).isEqualTo(JSON.readTree("""
                [{"text":"Be brief.","type":"text","cache_control":{"type":"ephemeral","ttl":"1h"}},
                 {"text":"\\n\\nToday is Monday.","type":"text"}]"""));
        assertThat(body.path("messages").toString()).doesNotContain("cache_control");
    }

    @Test
    void keepsNothingWhereNothingIsShared() throws Exception {
        assertThat(cached(0, conversation("Which planet?")).toString()).doesNotContain("cache_control");
    }

    private JsonNode cached(int messages, List<ChatMessage> conversation) throws Exception {
        var line = new BatchLine("r-1", model(), conversation, 64, null, new ResponseFormat.Text(), messages);
        return body(written(line).getFirst());
    }

    private LineResult onlyLine() throws InterruptedException {
        var read = new ArrayList<LineResult>();
        done(provider().results(remote(), read::add));
        assertThat(read).hasSize(1);
        return read.getFirst();
    }
}
