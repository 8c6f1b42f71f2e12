package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.InternalServerException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.errors.RateLimitException;
import com.anthropic.models.messages.CacheControlEphemeral;
import com.anthropic.models.messages.TextBlockParam;
import com.anthropic.models.messages.batches.BatchCreateParams;
import com.anthropic.models.messages.batches.BatchListParams;
import com.anthropic.models.messages.batches.MessageBatch;
import com.anthropic.models.messages.batches.MessageBatchIndividualResponse;
import com.anthropic.services.blocking.messages.BatchService;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Anthropic's batches, seen by Anthropic's own client, which validates each answer, and on the wire.
class AnthropicBatchTest {
    private static final String MODEL = "claude-haiku-4-5";
    private static final String PATH = "/anthropic/v1/messages/batches";

    private RunningSimulator simulator;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
        behave("\"seconds_to_complete\":0");
    }

    @Test
    void endsABatchAndBillsHalf() {
        MessageBatch created = create(3);
        MessageBatch batch = ended(created.id());

        assertThat(created.processingStatus()).isEqualTo(MessageBatch.ProcessingStatus.IN_PROGRESS);
        assertThat(created.resultsUrl()).isEmpty();
        assertThat(batch.requestCounts().succeeded()).isEqualTo(3);
        assertThat(batch.resultsUrl().orElseThrow()).endsWith(batch.id() + "/results");
        List<MessageBatchIndividualResponse> results = results(batch.id());
        assertThat(results)
                .extracting(MessageBatchIndividualResponse::customId)
                .containsExactlyInAnyOrder("c0", "c1", "c2");
        long input = results.stream()
                .mapToLong(one -> one.result().asSucceeded().message().usage().inputTokens())
                .sum();
        JsonNode tokens = simulator.stats().path("tokens").path(MODEL);
        assertThat(tokens.path("batch_input").asLong()).isEqualTo(input);
        assertThat(simulator.executions()).isEqualTo(3);
        JsonNode known = simulator.batches().getFirst();
        assertThat(known.path("executed").asInt()).isEqualTo(3);
        assertThat(known.path("first_custom_id").stringValue()).isEqualTo("c0");
        assertThat(simulator.stats().path("calls").path("batches_created").asInt())
                .isOne();
    }

    @Test
    void countsNothingButProcessingUntilItEnded() {
        behave("\"stall\":true");
        String id = create(4).id();

        MessageBatch running = service().retrieve(id);
        assertThat(running.requestCounts().processing()).isEqualTo(4);
        assertThat(running.requestCounts().succeeded()).isZero();
        assertThatThrownBy(() -> results(id)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> service().delete(id)).isInstanceOf(BadRequestException.class);
    }

    @Test
    void showsACancelThatHasNotTakenEffect() {
        behave("\"stall\":true,\"cancel_seconds\":600");
        String id = create(4).id();

        MessageBatch canceling = service().cancel(id);

        assertThat(canceling.processingStatus()).isEqualTo(MessageBatch.ProcessingStatus.CANCELING);
        assertThat(canceling.cancelInitiatedAt()).isPresent();
        assertThat(canceling.requestCounts().processing()).isEqualTo(4);
    }

    @Test
    void forgetsACanceledBatchThatIsDeleted() {
        behave("\"stall\":true");
        String id = create(4).id();
        service().cancel(id);

        MessageBatch batch = ended(id);
        assertThat(batch.requestCounts().canceled()).isEqualTo(4);
        assertThat(results(id)).hasSize(4).allMatch(one -> one.result().isCanceled());
        assertThatThrownBy(() -> service().cancel(id)).isInstanceOf(BadRequestException.class);
        service().delete(id);
        assertThatThrownBy(() -> service().retrieve(id)).isInstanceOf(NotFoundException.class);
        assertThat(service().list().data()).isEmpty();
        assertThat(simulator.batches().getFirst().path("deleted").asBoolean()).isTrue();
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void letsRequestsFinishAfterACancel() {
        behave("\"stall\":true,\"cancel_finishes_rate\":1");
        String id = create(3).id();

        service().cancel(id);

        assertThat(ended(id).requestCounts().succeeded()).isEqualTo(3);
        assertThat(simulator.executions()).isEqualTo(3);
    }

    @Test
    void expiresWithHalfOfTheRequestsDone() {
        behave("\"expire_after_seconds\":0.3,\"seconds_to_complete\":600");
        MessageBatch batch = ended(create(10).id());

        assertThat(batch.requestCounts().succeeded()).isEqualTo(5);
        assertThat(batch.requestCounts().expired()).isEqualTo(5);
        assertThat(results(batch.id()).stream().filter(one -> one.result().isExpired()))
                .hasSize(5);
        assertThat(simulator.executions()).isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"500,api_error", "529,overloaded_error", "429,rate_limit_error", "400,invalid_request_error"})
    void errsInTheTypesOfTheProvider(int status, String type) {
        behave("\"line_error_rate\":1,\"line_error_status\":" + status);
        MessageBatch batch = ended(create(1).id());

        assertThat(batch.requestCounts().errored()).isOne();
        assertThat(results(batch.id()).getFirst().result().isErrored()).isTrue();
        JsonNode result = rawResults(batch.id()).getFirst().path("result");
        assertThat(result.path("error").path("type").stringValue()).isEqualTo("error");
        assertThat(result.path("error").path("error").path("type").stringValue())
                .isEqualTo(type);
        assertThat(simulator.stats().path("billed_usd").stringValue()).isEqualTo("0");
    }

    @Test
    void losesLinesButStillSums() {
        behave("\"line_lost_rate\":1");
        MessageBatch batch = ended(create(2).id());

        assertThat(results(batch.id())).isEmpty();
        assertThat(batch.requestCounts().errored()).isEqualTo(2);
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void runsOutOfCreditAndPausesTurns() {
        behave("\"credit_exhausted\":true");
        String broke = ended(create(2).id()).id();
        behave("\"credit_exhausted\":false,\"pause_turn_rate\":1");
        String paused = ended(create(1).id()).id();

        assertThat(rawResults(broke))
                .hasSize(2)
                .allMatch(line -> line.toString().contains("credit balance is too low"));
        assertThat(results(paused)
                        .getFirst()
                        .result()
                        .asSucceeded()
                        .message()
                        .stopReason()
                        .orElseThrow()
                        .asString())
                .isEqualTo("pause_turn");
    }

    @Test
    void judgesParamsByTheVersionOfTheApi() {
        String body = "{\"requests\":[{\"custom_id\":\"a\",\"params\":{\"model\":\"" + MODEL
                + "\",\"max_tokens\":5,\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}}]}";

        String old = json(send("POST", PATH, body, "2023-06-01")).path("id").stringValue();
        String newest = json(send("POST", PATH, body, "2026-10-21")).path("id").stringValue();

        assertThat(ended(old).requestCounts().succeeded()).isOne();
        assertThat(ended(newest).requestCounts().errored()).isOne();
        assertThat(simulator.send("GET", PATH, "").statusCode()).isEqualTo(401);
        assertThat(send("GET", PATH, "", "2020-01-01").statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"requests":[]}                                                              | 400 | at least 1 item
            {}                                                                           | 400 | at least 1 item
            {"requests":5}                                                               | 400 | valid list
            {"requests":[5]}                                                             | 400 | requests.0
            {"requests":[                                                                | 400 | not valid JSON
            []                                                                           | 400 | not valid JSON
            {"metadata":{}}                                                              | 400 | Extra inputs
            {"requests":[{"custom_id":"a b","params":{}}]}                               | 400 | should match pattern
            {"requests":[{"params":{}}]}                                                 | 400 | Field required
            {"requests":[{"custom_id":"a"}]}                                             | 400 | requests.0.params
            {"requests":[{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}]}   | 400 | more than once
            {"requests":[{"custom_id":"a","params":{"stream":true}}]}                    | 400 | stream
            {"requests":[{"custom_id":"a","params":{"speed":"fast"}}]}                   | 400 | speed
            {"requests":[{"custom_id":"a","params":{"max_tokens":0}}]}                   | 400 | max_tokens
            {"requests":[{"custom_id":"a","params":{}},{"custom_id":"b","params":{}},{"custom_id":"c","params":{}}]} | 413 | maximum size
            """)
    void refusesABatchAtOnce(String body, int status, String message) {
        behave("\"max_lines\":2");

        HttpResponse<String> answer = send("POST", PATH, body, "2023-06-01");

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.body()).contains(message).contains("request_id");
        assertThat(simulator.batches()).isEmpty();
    }

    @Test
    void makesTwinsOfACreationThatComesTwice() {
        behave("\"create_fails_after_creating_rate\":1");

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> create(2)).isInstanceOf(InternalServerException.class);
        }

        assertThat(simulator.batches()).hasSize(2);
        assertThat(service().list().data()).hasSize(2);
    }

    @Test
    void limitsTheQueueOfAllModels() {
        behave("\"queue_limit\":3,\"stall\":true");
        create(2);

        assertThatThrownBy(() -> create(2)).isInstanceOf(RateLimitException.class);
        assertThat(simulator.batches()).hasSize(1);
        behave("\"stall\":false");
        Awaitility.await()
                .until(() -> simulator
                        .batches()
                        .getFirst()
                        .path("status")
                        .stringValue()
                        .equals("completed"));
        create(2);
    }

    @Test
    void pagesBothWays() {
        List<String> ids = IntStream.range(0, 5).mapToObj(_ -> create(1).id()).toList();

        var newest = service().list(BatchListParams.builder().limit(2).build());
        var older = service()
                .list(BatchListParams.builder().limit(2).afterId(ids.get(3)).build());
        var newer = service()
                .list(BatchListParams.builder().limit(2).beforeId(ids.get(1)).build());

        assertThat(newest.data()).extracting(MessageBatch::id).containsExactly(ids.get(4), ids.get(3));
        assertThat(older.data()).extracting(MessageBatch::id).containsExactly(ids.get(2), ids.get(1));
        assertThat(newer.data()).extracting(MessageBatch::id).containsExactly(ids.get(3), ids.get(2));
        assertThat(service().list(BatchListParams.builder().limit(2).build()).autoPager().stream()
                        .map(MessageBatch::id))
                .containsExactlyElementsOf(ids.reversed());
    }

    @Test
    void answersLateAndForgetsResults() {
        behave("\"get_lag_seconds\":3600");
        String hidden = create(1).id();
        assertThatThrownBy(() -> service().retrieve(hidden)).isInstanceOf(NotFoundException.class);

        behave("\"get_lag_seconds\":0,\"results_kept_seconds\":0");
        String id = ended(create(1).id()).id();

        assertThat(service().retrieve(id).archivedAt()).isPresent();
        assertThatThrownBy(() -> results(id)).isInstanceOf(NotFoundException.class);
    }

    @Test
    void readsThePrefixOfABatchThatEndedBefore() {
        warmUp();

        String cold = ended(create(3, true).id()).id();
        String warm = ended(create(3, true).id()).id();

        assertThat(results(cold)).allSatisfy(one -> {
            var usage = one.result().asSucceeded().message().usage();
            assertThat(usage.cacheReadInputTokens().orElseThrow()).isZero();
            assertThat(usage.cacheCreationInputTokens().orElseThrow()).isGreaterThan(4_096);
        });
        assertThat(results(warm)).allSatisfy(one -> {
            var usage = one.result().asSucceeded().message().usage();
            assertThat(usage.cacheReadInputTokens().orElseThrow()).isGreaterThan(4_096);
            assertThat(usage.cacheCreationInputTokens().orElseThrow()).isZero();
        });
        JsonNode tokens = simulator.stats().path("tokens").path(MODEL);
        assertThat(tokens.path("batch_cache_write_1h").asLong())
                .isEqualTo(tokens.path("batch_cached_input").asLong())
                .isEqualTo(3 * tokens.path("cache_write_1h").asLong());
    }

    @Test
    void letsSingleMessagesHelpALittleWhereToldTo() {
        behave("\"prompt_cache\":\"measured_with_sync\"");
        warmUp();

        String id = ended(create(60, true).id()).id();

        long hits = results(id).stream()
                .filter(one -> one.result()
                                .asSucceeded()
                                .message()
                                .usage()
                                .cacheReadInputTokens()
                                .orElseThrow()
                        > 0)
                .count();
        assertThat(hits).isBetween(2L, 25L);
    }

    @Test
    void hitsAsDocumentedWhereToldTo() {
        behave("\"prompt_cache\":\"documented\"");

        String id = ended(create(60, true).id()).id();

        long hits = results(id).stream()
                .filter(one -> one.result()
                                .asSucceeded()
                                .message()
                                .usage()
                                .cacheReadInputTokens()
                                .orElseThrow()
                        > 0)
                .count();
        assertThat(hits).isBetween(10L, 60L);
    }

    /// A single message with the prefix of the batches.
    private void warmUp() {
        simulator
                .anthropic()
                .messages()
                .create(com.anthropic.models.messages.MessageCreateParams.builder()
                        .model(MODEL)
                        .maxTokens(8)
                        .addUserMessage("warm up")
                        .systemOfTextBlockParams(manual())
                        .build());
    }

    private MessageBatch create(int count) {
        return create(count, false);
    }

    private MessageBatch create(int count, boolean cached) {
        var params = BatchCreateParams.builder();
        for (int i = 0; i < count; i++) {
            var request = BatchCreateParams.Request.Params.builder()
                    .model(MODEL)
                    .maxTokens(64)
                    .addUserMessage("Describe product number " + i + ".");
            if (cached) {
                request.systemOfTextBlockParams(manual());
            }
            params.addRequest(BatchCreateParams.Request.builder()
                    .customId("c" + i)
                    .params(request.build())
                    .build());
        }
        return service().create(params.build());
    }

    private static List<TextBlockParam> manual() {
        return List.of(TextBlockParam.builder()
                .text("A steady rain fell on the old harbour town. ".repeat(600))
                .cacheControl(CacheControlEphemeral.builder()
                        .ttl(CacheControlEphemeral.Ttl.TTL_1H)
                        .build())
                .build());
    }

    private MessageBatch ended(String id) {
        Awaitility.await()
                .until(() -> service().retrieve(id).processingStatus().equals(MessageBatch.ProcessingStatus.ENDED));
        return service().retrieve(id);
    }

    private List<MessageBatchIndividualResponse> results(String id) {
        try (var stream = service().resultsStreaming(id)) {
            return stream.stream().map(MessageBatchIndividualResponse::validate).toList();
        }
    }

    private List<JsonNode> rawResults(String id) {
        return RunningSimulator.lines(
                send("GET", PATH + "/" + id + "/results", "", "2023-06-01").body());
    }

    private BatchService service() {
        return simulator.anthropic().messages().batches();
    }

    private HttpResponse<String> send(String method, String path, String body, String version) {
        return simulator.send(method, path, body, "x-api-key", "k", "anthropic-version", version);
    }

    private static JsonNode json(HttpResponse<String> answer) {
        return RunningSimulator.json(answer.body());
    }

    private void behave(String batch) {
        simulator.behave("{\"batch\":{" + batch + "}}");
    }
}
