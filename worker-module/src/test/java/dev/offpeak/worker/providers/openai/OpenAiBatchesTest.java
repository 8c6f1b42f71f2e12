package dev.offpeak.worker.providers.openai;

import static com.github.tomakehurst.wiremock.client.WireMock.aMultipart;
import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.binaryEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.containing;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.tomakehurst.wiremock.http.Fault;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.LineResult.NotRun.Why;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderError;
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
import org.junit.jupiter.params.provider.ValueSource;

class OpenAiBatchesTest extends BatchProviderContract {

    @Override
    protected BatchProvider provider(ProviderSettings settings) {
        return OpenAiConfiguration.batches(settings, NOON);
    }

    @Override
    protected Provider direct(ProviderSettings settings) {
        return OpenAiConfiguration.provider(settings, NOON);
    }

    @Override
    protected ProviderSettings settings(@Nullable String key, URI baseUrl, Duration timeout) {
        return new ProviderSettings(
                new ProviderSettings.Account(key, baseUrl),
                new ProviderSettings.Account(null, null),
                null,
                timeout,
                Duration.ofSeconds(30));
    }

    @Override
    protected URI baseUrl(int port) {
        return URI.create("http://127.0.0.1:" + port + "/v1");
    }

    @Override
    protected String model() {
        return "gpt-4o-mini";
    }

    @Override
    protected String directPath() {
        return "/v1/chat/completions";
    }

    @Override
    protected String answer(String text) {
        return """
                {"id":"chatcmpl-1","object":"chat.completion","created":1760000000,"model":"gpt-4o-mini-2024-07-18",\
                "choices":[{"index":0,"message":{"role":"assistant","content":"%s","refusal":null},"finish_reason":"stop"}],\
                "usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17},"service_tier":"default"}""".formatted(text);
    }

    @Override
    protected String batchesPath() {
        return "/v1/batches";
    }

    @Override
    protected String resultsPath() {
        return "/v1/files/file-out/content";
    }

    @Override
    protected JsonNode body(JsonNode line) {
        assertThat(line.path("method").asText()).isEqualTo("POST");
        assertThat(line.path("url").asText()).isEqualTo("/v1/chat/completions");
        return line.path("body");
    }

    @Override
    protected String batch(String id, String status, Instant createdAt) {
        return """
                {"id":"%s","object":"batch","endpoint":"/v1/chat/completions","errors":null,"input_file_id":"file-in",\
                "completion_window":"24h","status":"%s","output_file_id":null,"error_file_id":"","created_at":%d,\
                "in_progress_at":null,"expires_at":%d,"completed_at":null,"failed_at":null,"expired_at":null,\
                "request_counts":{"total":0,"completed":0,"failed":0},"metadata":{"offpeak_batch":"pb_1"},"new":[1]}""".formatted(id, status, createdAt.getEpochSecond(), createdAt.getEpochSecond() + 86_400);
    }

    @Override
    protected String running() {
        return "validating";
    }

    @Override
    protected String cancelling() {
        return "cancelling";
    }

    @Override
    protected String completed() {
        return "completed";
    }

    @Override
    protected String page(boolean more, List<String> batches) {
        return "{\"object\":\"list\",\"data\":[" + String.join(",", batches) + "],\"has_more\":" + more + "}";
    }

    @Override
    protected String cursor() {
        return "after";
    }

    @Override
    protected String answered(String customId, String text) {
        return responded(customId, 200, answer(text));
    }

    @Override
    protected String failed(String customId, boolean retryable) {
        return responded(customId, retryable ? 500 : 400, refused("some_code", "No."));
    }

    @Override
    protected String expired(String customId) {
        return notRun(customId, "batch_expired");
    }

    @Override
    protected String cancelled(String customId) {
        return notRun(customId, "batch_cancelled");
    }

    @Override
    protected String refused(String code, String message) {
        return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"some_type\",\"param\":null,\"code\":\"" + code
                + "\"}}";
    }

    private static String responded(String customId, int status, String body) {
        return "{\"id\":\"batch_req_1\",\"custom_id\":\"" + customId + "\",\"response\":{\"status_code\":" + status
                + ",\"request_id\":\"req_1\",\"body\":" + body + "},\"error\":null}";
    }

    private static String notRun(String customId, String code) {
        return "{\"id\":\"batch_req_1\",\"custom_id\":\"" + customId + "\",\"response\":null,\"error\":{\"code\":\""
                + code + "\",\"message\":\"It did not run.\"}}";
    }

    @Test
    void saysWhatItCanDo() {
        var can = provider().capabilities();

        assertThat(provider().name()).isEqualTo("openai");
        assertThat(can.window()).isEqualTo(Duration.ofHours(24));
        assertThat(can.mostLines()).isEqualTo(50_000);
        assertThat(can.mostBytes()).isEqualTo(190_000_000);
        assertThat(can.creationsPerHour()).isEqualTo(2_000);
        assertThat(can.quotaUnit()).isEqualTo(QuotaUnit.TOKENS_OF_MODEL);
        assertThat(List.of(
                        can.oneModel(), can.inputFiles(), can.tags(), can.progress(), can.validates(), can.webhooks()))
                .containsOnly(true);
        assertThat(can.primes()).isFalse();
        assertThat(can.shortestPrefix().applyAsInt("gpt-5")).isEqualTo(1_024);
    }

    @ParameterizedTest
    @CsvSource({
        "gpt-4o-mini,false",
        "gpt-4.1,false",
        "o3,false",
        "o4-mini,false",
        "gpt-5,true",
        "gpt-5-mini,true",
        "gpt-5.6-luna,true",
        "gpt-6-astra,true",
        "gpt-50,false"
    })
    void knowsWhichModelsCacheInBatches(String model, boolean caches) {
        assertThat(provider().capabilities().cachesInBatches().test(model)).isEqualTo(caches);
    }

    @Test
    void uploadsTheInputUnderItsNameOnce() throws Exception {
        BatchCreation creation = creation();
        stub(post(urlEqualTo("/v1/files"))
                .withMultipartRequestBody(aMultipart("purpose").withBody(equalTo("batch")))
                .withMultipartRequestBody(aMultipart("file")
                        .withHeader("Content-Disposition", containing("filename=\"pb_1.jsonl\""))
                        .withBody(binaryEqualTo(
                                Files.readAllBytes(creation.input().file()))))
                .willReturn(json(200, """
                        {"id":"file-in","object":"file","bytes":1,"created_at":1,"filename":"pb_1.jsonl",\
                        "purpose":"batch","status":"processed","expires_at":null,"status_details":null}""")));

        assertThat(done(provider().upload(creation.input()))).isEqualTo("file-in");
        server.verify(1, postRequestedFor(urlEqualTo("/v1/files")));
        assertThat(server.getAllServeEvents().getFirst().getRequest().getHeader("Authorization"))
                .isEqualTo("Bearer " + KEY);
    }

    @ParameterizedTest
    @ValueSource(ints = {408, 429, 500, 503})
    void uploadsNeverTwice(int status) throws Exception {
        stub(post(urlEqualTo("/v1/files"))
                .willReturn(json(status, refused("some_code", "No.")).withHeader("Retry-After", "0")));

        failed(provider().upload(creation().input()));

        assertThat(server.getAllServeEvents()).hasSize(1);
    }

    @Test
    void leavesOpenWhetherAnUploadArrivedWhereTheConnectionBreaks() throws Exception {
        stub(post(urlEqualTo("/v1/files")).willReturn(aResponse().withFault(Fault.EMPTY_RESPONSE)));
        assertThat(failed(provider().upload(creation().input())).mayHaveRun()).isTrue();

        stub(post(urlEqualTo("/v1/files")).willReturn(json(200, "{\"id\":\"\"}")));
        assertThat(failed(provider().upload(creation().input()))).isInstanceOf(ProviderError.Malformed.class);
    }

    @Test
    void saysThatAFileIsTooLarge() throws Exception {
        stub(post(urlEqualTo("/v1/files"))
                .willReturn(json(400, refused("invalid_request_error", "File is too large."))));

        assertThat(failed(provider().upload(creation().input())))
                .isInstanceOfSatisfying(
                        ProviderError.Rejected.class,
                        rejected -> assertThat(rejected.vendorCode()).isEqualTo(ProviderError.Rejected.TOO_LARGE));
    }

    @Test
    void findsItsUploadsByNameOverPages() throws Exception {
        stub(get(urlPathEqualTo("/v1/files"))
                .willReturn(json(200, files(true, "file-9", "other.jsonl", "file-8", "pb_1.jsonl"))));
        server.stubFor(get(urlPathEqualTo("/v1/files"))
                .withQueryParam("after", equalTo("file-8"))
                .willReturn(json(200, files(false, "file-7", "pb_1.jsonl", "file-6", "pb_10.jsonl"))));

        assertThat(done(provider().uploaded("pb_1.jsonl"))).containsExactly("file-8", "file-7");
        var asked = server.getAllServeEvents().getLast().getRequest();
        assertThat(asked.queryParameter("purpose").firstValue()).isEqualTo("batch");
        assertThat(asked.queryParameter("order").firstValue()).isEqualTo("desc");
    }

    @Test
    void deletesAnInputThatMayBeGone() throws Exception {
        stub(delete(urlEqualTo("/v1/files/file-in"))
                .willReturn(json(200, "{\"id\":\"file-in\",\"object\":\"file\",\"deleted\":true}")));
        assertThat(done(provider().deleteInput("file-in"))).isTrue();

        stub(delete(urlEqualTo("/v1/files/file-in")).willReturn(json(404, refused("not_found", "No such File."))));
        assertThat(done(provider().deleteInput("file-in"))).isFalse();

        stub(delete(urlEqualTo("/v1/files/file-in")).willReturn(json(500, refused("some_code", "No."))));
        failed(provider().deleteInput("file-in"));
    }

    @Test
    void createsFromTheFileWithWindowAndTag() throws Exception {
        stub(post(urlEqualTo("/v1/batches")).willReturn(json(200, batch("b_1", "validating", CREATED))));

        RemoteBatch made = done(provider().create(creation()));

        assertThat(made.tag()).containsEntry("offpeak_batch", "pb_1");
        assertThat(made.inputFileId()).isEqualTo("file-in");
        assertThat(JSON.readTree(
                        server.getAllServeEvents().getFirst().getRequest().getBody()))
                .isEqualTo(JSON.readTree("""
                        {"input_file_id":"file-in","endpoint":"/v1/chat/completions","completion_window":"24h",
                         "metadata":{"offpeak_batch":"pb_1"}}"""));
    }

    @Test
    void createsNothingWithoutAFile() throws Exception {
        BatchCreation creation = creation();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> provider()
                        .create(new BatchCreation(creation.input(), null, creation.endpoint(), creation.tag())));
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 429})
    void tellsTheEnqueuedLimitFromOtherRefusals(int status) throws Exception {
        stub(post(urlEqualTo("/v1/batches")).willReturn(json(status, refused("x", """
                Enqueued token limit reached for gpt-4o-mini in organization org-1. Limit: 2,000,000 enqueued tokens."""))));

        ProviderError why = failed(provider().create(creation()));

        String code = switch (why) {
            case ProviderError.RateLimited limited -> limited.vendorCode();
            case ProviderError.Rejected rejected -> rejected.vendorCode();
            default -> why.toString();
        };
        assertThat(code).isEqualTo(RemoteBatch.ENQUEUED_LIMIT_REACHED);
        assertThat(why.detail()).contains("Limit: 2,000,000 enqueued tokens");
    }

    @ParameterizedTest
    @CsvSource({
        "validating,RUNNING,",
        "in_progress,RUNNING,",
        "finalizing,RUNNING,",
        "cancelling,CANCELLING,",
        "completed,COMPLETED,completed_at",
        "failed,FAILED,failed_at",
        "expired,EXPIRED,expired_at",
        "cancelled,CANCELLED,cancelled_at"
    })
    void knowsEveryStatus(String raw, Status status, @Nullable String ended) throws Exception {
        String batch = batch("b_1", raw, CREATED).replace("\"" + ended + "\":null", "\"" + ended + "\":1800000000");
        String shown = ended == null || batch.contains("1800000000")
                ? batch
                : batch.replace("\"new\":[1]", "\"" + ended + "\":1800000000");
        stub(get(urlEqualTo("/v1/batches/b_1")).willReturn(json(200, shown)));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.status()).isEqualTo(status);
        assertThat(found.endedAt()).isEqualTo(ended == null ? null : Instant.ofEpochSecond(1_800_000_000));
    }

    @Test
    void takesBlankFilesForNone() throws Exception {
        stub(get(urlEqualTo("/v1/batches/b_1"))
                .willReturn(json(
                        200,
                        batch("b_1", "completed", CREATED)
                                .replace("\"output_file_id\":null", "\"output_file_id\":\"file-out\""))));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.outputFileId()).isEqualTo("file-out");
        assertThat(found.errorFileId()).isNull();
    }

    @Test
    void saysWhatTheWholeBatchUsedAndCounted() throws Exception {
        stub(get(urlEqualTo("/v1/batches/b_1"))
                .willReturn(json(
                        200,
                        batch("b_1", "completed", CREATED)
                                .replace(
                                        "{\"total\":0,\"completed\":0,\"failed\":0}",
                                        "{\"total\":9,\"completed\":7,\"failed\":2}")
                                .replace("\"new\":[1]", """
                                "usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60},\
                                "output_tokens":5,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":105}"""))));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(List.of(found.lines(), found.completed(), found.failed())).containsExactly(9, 7, 2);
        assertThat(found.usage()).isEqualTo(new Usage(100, 60, 0, 0, 5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"code\":\"duplicate_custom_id\",\"message\":\"Twice.\",\"param\":null,\"line\":3} | duplicate_custom_id | 3",
                "{\"code\":\"token_limit_exceeded\",\"message\":\"Much.\",\"param\":null,\"line\":null} | token_limit_exceeded |",
                "{\"code\":null,\"message\":\"Enqueued token limit reached for x. Limit: 90 enqueued tokens.\"} | token_limit_exceeded |",
                "{\"message\":\"Cannot find file.\"} | |",
                "{} | |"
            })
    void saysWhyABatchWasRefusedAsAWhole(String error, @Nullable String code, @Nullable Integer line) throws Exception {
        stub(get(urlEqualTo("/v1/batches/b_1"))
                .willReturn(json(
                        200,
                        batch("b_1", "failed", CREATED)
                                .replace(
                                        "\"errors\":null",
                                        "\"errors\":{\"object\":\"list\",\"data\":[" + error + "]}"))));

        RemoteBatch found = done(provider().find("b_1")).orElseThrow();

        assertThat(found.status()).isEqualTo(Status.FAILED);
        assertThat(found.errorCode()).isEqualTo(code);
        assertThat(found.errorLine()).isEqualTo(line);
    }

    @Test
    void readsBothFilesAndAnErrorFileAlone() throws Exception {
        stub(get(urlEqualTo("/v1/files/file-out/content"))
                .willReturn(aResponse().withBody(lines(answered("r-1", "1.")))));
        server.stubFor(get(urlEqualTo("/v1/files/file-err/content"))
                .willReturn(aResponse().withBody(lines(failed("r-2", false)))));

        var both = new ArrayList<LineResult>();
        assertThat(done(provider().results(remote("file-out", "file-err"), both::add)))
                .isEqualTo(2);
        assertThat(both).extracting(LineResult::customId).containsExactly("r-1", "r-2");

        var errors = new ArrayList<LineResult>();
        assertThat(done(provider().results(remote(null, "file-err"), errors::add)))
                .isEqualTo(1);
        assertThat(errors).extracting(LineResult::customId).containsExactly("r-2");

        assertThat(done(provider().results(remote(null, null), errors::add))).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "400,false",
        "401,false",
        "404,false",
        "413,false",
        "408,true",
        "409,true",
        "429,true",
        "500,true",
        "503,true",
        "504,true"
    })
    void saysWhetherAFailedLineMayFareBetterLater(int status, boolean retryable) throws Exception {
        results(lines(responded("r-1", status, refused("some_code", "No."))));

        assertThat(onlyLine())
                .isEqualTo(new LineResult.Failed("r-1", retryable, "some_code", status + " some_code: No."));
    }

    @Test
    void namesTheStatusWhereALineNamesNoCode() throws Exception {
        results(lines(responded("r-1", 500, "null")));

        assertThat(onlyLine()).isEqualTo(new LineResult.Failed("r-1", true, "http_500", "500 http_500"));
    }

    @Test
    void tellsAnAccountWithoutCreditFromALimit() throws Exception {
        results(lines(responded("r-1", 429, refused("insufficient_quota", "No."))));

        assertThat(onlyLine()).isInstanceOfSatisfying(LineResult.Failed.class, failed -> {
            assertThat(failed.retryable()).isTrue();
            assertThat(failed.accountOutOfCredit()).isTrue();
        });
    }

    /// Such lines were counted as completed.
    @Test
    void deniesNoBillWhereALineHasNoStatus() throws Exception {
        results(lines(
                responded("r-1", 0, "null"),
                "{\"custom_id\":\"r-2\",\"response\":null,\"error\":null}",
                responded("r-3", 200, refused("odd", "An error in a success.")),
                responded("r-4", 200, "null")));

        var read = new ArrayList<LineResult>();
        done(provider().results(remote(), read::add));

        assertThat(read).hasSize(4).allSatisfy(line -> {
            assertThat(line).isInstanceOf(LineResult.Unreadable.class);
            assertThat(line.customId()).isNotNull();
        });
    }

    @ParameterizedTest
    @CsvSource({
        "request_timeout,OTHER,request_timeout",
        "brand_new,OTHER,brand_new",
        "batch_expired,EXPIRED,batch_expired"
    })
    void takesCodesThatItDoesNotKnowForNotRun(String code, Why why, String vendorCode) throws Exception {
        results(lines(notRun("r-1", code)));

        assertThat(onlyLine()).isEqualTo(new LineResult.NotRun("r-1", why, vendorCode));
    }

    @Test
    void countsCachedTokensAndThoseWrittenToTheCacheAsPartsOfThePrompt() throws Exception {
        results(lines(answered("r-1", "1.").replace("\"total_tokens\":17", """
                "total_tokens":17,"prompt_tokens_details":{"cached_tokens":4,"cache_write_tokens":3}""")));

        assertThat(onlyLine())
                .isInstanceOfSatisfying(
                        LineResult.Answered.class,
                        line -> assertThat(line.completion().usage()).isEqualTo(new Usage(12, 4, 3, 0, 5)));
    }

    @Test
    void saysNothingOfACacheThatOpenAiMindsByItself() throws Exception {
        var plain = new BatchLine("r-1", model(), conversation("Hi"), 64, null, new ResponseFormat.Text(), 0);
        var shared = new BatchLine("r-1", model(), conversation("Hi"), 64, null, new ResponseFormat.Text(), 3);

        assertThat(written(shared)).isEqualTo(written(plain));
    }

    private LineResult onlyLine() throws InterruptedException {
        var read = new ArrayList<LineResult>();
        done(provider().results(remote(), read::add));
        assertThat(read).hasSize(1);
        return read.getFirst();
    }

    private static String files(boolean more, String... idsAndNames) {
        var files = new ArrayList<String>();
        for (int i = 0; i < idsAndNames.length; i += 2) {
            files.add("{\"id\":\"" + idsAndNames[i] + "\",\"object\":\"file\",\"filename\":\"" + idsAndNames[i + 1]
                    + "\",\"purpose\":\"batch\"}");
        }
        return "{\"object\":\"list\",\"data\":[" + String.join(",", files) + "],\"has_more\":" + more + "}";
    }
}
