package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class OpenAiBatchTest {
    private RunningSimulator simulator;
    private OpenAiBatchWire wire;

    @BeforeEach
    void reset() {
        simulator = RunningSimulator.fresh();
        wire = new OpenAiBatchWire(simulator);
        behave("\"seconds_to_complete\":0");
    }

    @Test
    void runsEachLineOnceAtHalfThePrice() {
        String id = wire.batch(OpenAiBatchWire.chats(20));
        JsonNode batch = wire.await(id, "completed");

        List<JsonNode> lines = wire.content(batch, "output_file_id");
        assertThat(lines).hasSize(20);
        assertThat(lines)
                .extracting(line -> line.path("custom_id").stringValue())
                .containsExactlyInAnyOrderElementsOf(names(20))
                .isNotEqualTo(names(20));
        assertThat(lines)
                .allMatch(line -> line.path("response").path("status_code").asInt() == 200);
        assertThat(batch.path("request_counts").toString()).isEqualTo("{\"total\":20,\"completed\":20,\"failed\":0}");
        assertThat(batch.path("error_file_id").isNull()).isTrue();
        assertThat(sum(lines, "prompt_tokens"))
                .isEqualTo(batch.path("usage").path("input_tokens").asLong());
        assertThat(sum(lines, "completion_tokens"))
                .isEqualTo(batch.path("usage").path("output_tokens").asLong());

        JsonNode stats = simulator.stats();
        JsonNode tokens = stats.path("tokens").path("gpt-4o-mini");
        assertThat(tokens.path("batch_input").asLong()).isEqualTo(sum(lines, "prompt_tokens"));
        assertThat(tokens.path("input").asLong()).isZero();
        assertThat(new BigDecimal(stats.path("billed_usd").stringValue()))
                .isEqualByComparingTo(new BigDecimal("0.075e-6")
                        .multiply(BigDecimal.valueOf(sum(lines, "prompt_tokens")))
                        .add(new BigDecimal("0.30e-6").multiply(BigDecimal.valueOf(sum(lines, "completion_tokens")))));
        assertThat(stats.path("calls").path("files").asInt()).isOne();
        assertThat(stats.path("calls").path("batches_created").asInt()).isOne();
        List<JsonNode> executions = RunningSimulator.lines(
                simulator.send("GET", "/_sim/executions", "").body());
        assertThat(executions)
                .hasSize(20)
                .allMatch(one -> one.path("batch_id").stringValue().equals(id));
        assertThat(executions)
                .extracting(one -> one.path("custom_id").stringValue())
                .containsExactlyElementsOf(names(20));
        JsonNode known = simulator.batches().getFirst();
        assertThat(known.path("executed").asInt()).isEqualTo(20);
        assertThat(known.path("billed_usd")).isEqualTo(stats.path("billed_usd"));
        assertThat(known.path("metadata").path("tag").stringValue()).isEqualTo("t1");
    }

    @Test
    void answersALineAsACallWouldBeAnswered() {
        HttpResponse<String> direct = wire.send(
                "POST",
                OpenAiBatchWire.CHAT,
                "{\"model\":\"gpt-4o-mini\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chat("a", "hello")), "completed");

        JsonNode body = wire.content(batch, "output_file_id")
                .getFirst()
                .path("response")
                .path("body");
        assertThat(body.path("choices"))
                .isEqualTo(RunningSimulator.json(direct.body()).path("choices"));
        assertThat(simulator.stats().path("executions").path("repeated").asInt())
                .isOne();
    }

    @Test
    void goesThroughItsStatesInOrder() {
        behave("\"stall\":true,\"stall_in\":\"validating\"");
        String id = wire.batch(OpenAiBatchWire.chats(50));

        JsonNode validating = wire.get(id);
        assertThat(validating.path("status").stringValue()).isEqualTo("validating");
        assertThat(validating.path("request_counts").toString())
                .isEqualTo("{\"total\":0,\"completed\":0,\"failed\":0}");
        assertThat(validating.path("expires_at").asLong()
                        - validating.path("created_at").asLong())
                .isEqualTo(86_400);
        behave("\"stall\":false");
        JsonNode completed = wire.await(id, "completed");
        assertThat(List.of("created_at", "in_progress_at", "finalizing_at", "completed_at"))
                .isSortedAccordingTo((one, other) -> Long.compare(
                        completed.path(one).asLong(), completed.path(other).asLong()));
        assertThat(List.of("in_progress_at", "finalizing_at", "completed_at"))
                .allMatch(at -> completed.path(at).isNumber());
        assertThat(completed.path("failed_at").isNull()).isTrue();
    }

    @Test
    void countsWhileItRuns() {
        behave("\"seconds_to_complete\":1000,\"validation_seconds\":0"); // two lines a second
        String id = wire.batch(OpenAiBatchWire.chats(2_000));

        JsonNode running = Awaitility.await()
                .until(
                        () -> wire.get(id),
                        batch -> batch.path("request_counts").path("completed").asInt() > 0);

        assertThat(running.path("status").stringValue()).isEqualTo("in_progress");
        assertThat(running.path("request_counts").path("completed").asInt()).isLessThan(2_000);
        assertThat(running.path("request_counts").path("total").asInt()).isEqualTo(2_000);
    }

    @Test
    void failsLinesAsRetryableAndUnbilled() {
        behave("\"line_error_rate\":1.0");
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(3)), "completed");

        assertThat(batch.path("output_file_id").isNull()).isTrue();
        assertThat(batch.path("request_counts").path("failed").asInt()).isEqualTo(3);
        assertThat(wire.content(batch, "error_file_id")).hasSize(3).allSatisfy(line -> {
            assertThat(line.path("error").isNull()).isTrue();
            assertThat(line.path("response").path("status_code").asInt()).isEqualTo(500);
            assertThat(line.path("response")
                            .path("body")
                            .path("error")
                            .path("type")
                            .stringValue())
                    .isEqualTo("server_error");
        });
        assertThat(simulator.executions()).isZero();
        assertThat(simulator.stats().path("billed_usd").stringValue()).isEqualTo("0");
    }

    @Test
    void refusesALineAsTheEndpointWould() {
        String bad = OpenAiBatchWire.chat("bad", "hi").replace("\"model\"", "\"temperature\":9,\"model\"");
        JsonNode batch = wire.await(wire.batch(bad + "\n" + OpenAiBatchWire.chat("good", "hi") + "\n"), "completed");

        JsonNode error = wire.content(batch, "error_file_id").getFirst();
        assertThat(error.path("custom_id").stringValue()).isEqualTo("bad");
        assertThat(error.path("response").path("status_code").asInt()).isEqualTo(400);
        assertThat(wire.content(batch, "output_file_id")).hasSize(1);
        assertThat(simulator.executions()).isOne();
    }

    @Test
    void losesLinesWithoutATrace() {
        behave("\"line_lost_rate\":0.5");
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(40)), "completed");

        int there = wire.content(batch, "output_file_id").size();
        assertThat(there).isBetween(5, 35);
        assertThat(batch.path("error_file_id").isNull()).isTrue();
        assertThat(simulator.executions()).isEqualTo(there);
        assertThat(simulator.batches().getFirst().path("counts").path("lost").asInt())
                .isEqualTo(40 - there);
    }

    @Test
    void expiresWithHalfOfTheLinesDone() {
        behave("\"expire_after_seconds\":1,\"seconds_to_complete\":3600,\"validation_seconds\":0");
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(30)), "expired");

        assertThat(wire.content(batch, "output_file_id")).hasSize(15);
        assertThat(wire.content(batch, "error_file_id")).hasSize(15).allSatisfy(line -> {
            assertThat(line.path("response").isNull()).isTrue();
            assertThat(line.path("error").path("code").stringValue()).isEqualTo("batch_expired");
        });
        assertThat(simulator.executions()).isEqualTo(15);
        assertThat(batch.path("expired_at").isNull()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"validating", "in_progress", "finalizing"})
    void stallsUntilReleased(String where) {
        behave("\"stall\":true,\"stall_in\":\"" + where + "\"");
        String id = wire.batch(OpenAiBatchWire.chats(2));
        wire.await(id, where);

        behave("\"stall\":false");

        wire.await(id, "completed");
        assertThat(simulator.executions()).isEqualTo(2);
    }

    @Test
    void cancelsAndKeepsWhatWasDone() {
        behave("\"seconds_to_complete\":1000,\"validation_seconds\":0,\"cancel_seconds\":0");
        String id = wire.batch(OpenAiBatchWire.chats(2_000));
        Awaitility.await()
                .until(() ->
                        wire.get(id).path("request_counts").path("completed").asInt() > 0);

        wire.send("POST", "/v1/batches/" + id + "/cancel", "");
        JsonNode batch = wire.await(id, "cancelled");

        int done = wire.content(batch, "output_file_id").size();
        assertThat(simulator.executions()).isEqualTo(done).isPositive();
        assertThat(wire.content(batch, "error_file_id"))
                .hasSize(2_000 - done)
                .allMatch(line -> line.path("error").path("code").stringValue().equals("batch_cancelled"));
        HttpResponse<String> again = wire.send("POST", "/v1/batches/" + id + "/cancel", "");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(simulator.batches().getFirst().path("cancelled_at").isNull()).isFalse();
    }

    @Test
    void showsACancelThatHasNotTakenEffect() {
        behave("\"stall\":true,\"cancel_seconds\":600");
        String id = wire.batch(OpenAiBatchWire.chats(2));

        JsonNode cancelling = OpenAiBatchWire.json(wire.send("POST", "/v1/batches/" + id + "/cancel", ""));

        assertThat(cancelling.path("status").stringValue()).isEqualTo("cancelling");
        assertThat(wire.get(id).path("status").stringValue()).isEqualTo("cancelling");
    }

    @Test
    void cancelsWhileValidating() {
        behave("\"stall\":true,\"stall_in\":\"validating\"");
        String id = wire.batch(OpenAiBatchWire.chats(2));

        wire.send("POST", "/v1/batches/" + id + "/cancel", "");

        JsonNode batch = wire.await(id, "cancelled");
        assertThat(batch.path("output_file_id").isNull()).isTrue();
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void failsABatchThatExceedsTheEnqueuedTokens() {
        behave("\"enqueued_token_limit\":100,\"stall\":true");
        String first = wire.batch(OpenAiBatchWire.chats(5));
        wire.await(first, "in_progress");
        String second = wire.batch(OpenAiBatchWire.chats(5));

        JsonNode error =
                wire.await(second, "failed").path("errors").path("data").path(0);
        assertThat(error.path("code").stringValue()).isEqualTo("token_limit_exceeded");
        assertThat(error.path("message").stringValue())
                .isEqualTo("Enqueued token limit reached for gpt-4o-mini in organization org-simulator. Limit: 100"
                        + " enqueued tokens. Please try again once some in_progress batches have been completed.");

        behave("\"stall\":false");
        wire.await(first, "completed");
        wire.await(wire.batch(OpenAiBatchWire.chats(5)), "completed");
        behave("\"token_limit_as\":\"429\",\"stall\":true");
        wire.await(wire.batch(OpenAiBatchWire.chats(5)), "in_progress");
        assertThat(wire.create(wire.file(OpenAiBatchWire.chats(5))).statusCode())
                .isEqualTo(429);
    }

    @ParameterizedTest
    @ValueSource(strings = {"error", "cut"})
    void createsABatchAndSaysThatItDidNot(String how) {
        behave("\"create_fails_after_creating_rate\":1.0,\"create_fails_with\":\"" + how + "\"");
        String file = wire.file(OpenAiBatchWire.chats(1));

        for (int i = 0; i < 2; i++) {
            int status;
            try {
                status = wire.create(file).statusCode();
            } catch (IllegalStateException _) {
                status = 0;
            }
            assertThat(status).isEqualTo(how.equals("error") ? 500 : 0);
        }

        List<JsonNode> twins = simulator.batches();
        assertThat(twins)
                .hasSize(2)
                .allMatch(twin -> twin.path("input_file_id").stringValue().equals(file)
                        && twin.path("metadata").path("tag").stringValue().equals("t1"));
        twins.forEach(twin -> wire.await(twin.path("id").stringValue(), "completed"));
        assertThat(simulator.executions()).isEqualTo(2);
        assertThat(simulator.stats().path("calls").path("batches_created").asInt())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            empty_file          |
            invalid_json_line   | {"custom_id":
            invalid_json_line   | []
            duplicate_custom_id | {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o"}}#{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o"}}
            url_mismatch        | {"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"gpt-4o"}}
            invalid_method      | {"custom_id":"a","method":"GET","url":"/v1/chat/completions","body":{"model":"gpt-4o"}}
            model_mismatch      | {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o"}}#{"custom_id":"b","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini"}}
            model_not_found     | {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-9"}}
            invalid_request     | {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o","stream":true}}
            missing_required_parameter | {"method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o"}}
            missing_required_parameter | {"custom_id":"a","method":"POST","url":"/v1/chat/completions"}
            """)
    void failsWhatItCannotValidate(String code, String lines) {
        JsonNode batch = wire.await(wire.batch(lines == null ? "" : lines.replace('#', '\n')), "failed");

        JsonNode error = batch.path("errors").path("data").path(0);
        assertThat(error.path("code").stringValue()).isEqualTo(code);
        assertThat(batch.path("output_file_id").isNull()).isTrue();
        assertThat(batch.path("failed_at").isNull()).isFalse();
        if (lines != null) {
            assertThat(error.path("line").asInt()).isBetween(1, 2);
        }
    }

    @Test
    void failsABatchOfTooManyLines() {
        behave("\"max_lines\":3");

        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(4)), "failed");

        assertThat(batch.path("errors").path("data").path(0).path("code").stringValue())
                .isEqualTo("too_many_tasks");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"endpoint":"/v1/chat/completions","completion_window":"24h"}                          | input_file_id
            {"input_file_id":"F","completion_window":"24h"}                                        | endpoint
            {"input_file_id":"F","endpoint":"/v1/songs","completion_window":"24h"}                 | endpoint
            {"input_file_id":"F","endpoint":"/v1/videos","completion_window":"24h"}                | endpoint
            {"input_file_id":"F","endpoint":"/v1/chat/completions"}                                | completion_window
            {"input_file_id":"F","endpoint":"/v1/chat/completions","completion_window":"48h"}      | completion_window
            {"input_file_id":"file-none","endpoint":"/v1/chat/completions","completion_window":"24h"} | input_file_id
            {"input_file_id":"F","endpoint":"/v1/chat/completions","completion_window":"24h","metadata":{"k":5}} | metadata.k
            {"input_file_id":"F","endpoint":"/v1/chat/completions","completion_window":"24h","songs":1} | songs
            """)
    void refusesABatchAtOnce(String body, String param) {
        String file = wire.file(OpenAiBatchWire.chats(1));

        HttpResponse<String> answer = wire.send("POST", "/v1/batches", body.replace("\"F\"", "\"" + file + "\""));

        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(OpenAiBatchWire.json(answer).path("error").path("param").stringValue())
                .isEqualTo(param);
        assertThat(simulator.batches()).isEmpty();
    }

    @Test
    void failsForWantOfItsFileWhereToldTo() {
        behave("\"unknown_file\":\"failed\"");

        String id = OpenAiBatchWire.json(wire.create("file-gone")).path("id").stringValue();

        assertThat(wire.await(id, "failed")
                        .path("errors")
                        .path("data")
                        .path(0)
                        .path("message")
                        .stringValue())
                .contains("Cannot find file file-gone");
    }

    @Test
    void refusesUploads() {
        behave("\"max_file_bytes\":10");

        assertThat(wire.upload("; filename=\"a.txt\"", "x").body()).contains("Must be .jsonl");
        assertThat(wire.upload("", "x").body()).contains("no name");
        assertThat(wire.upload("; filename=\"a.jsonl\"", "x".repeat(11)).body()).contains("File is too large.");
        assertThat(simulator
                        .send("POST", "/v1/files", "{}", "Authorization", "Bearer k", "Content-Type", "text/plain")
                        .statusCode())
                .isEqualTo(400);
        assertThat(simulator.send("POST", "/v1/files", "{}").statusCode()).isEqualTo(401);
        assertThat(OpenAiBatchWire.json(wire.send("GET", "/v1/files", "")).path("data"))
                .isEmpty();
    }

    @Test
    void keepsFilesUntilTheyAreDeleted() {
        String file = wire.file("anything\n");
        JsonNode known = OpenAiBatchWire.json(wire.send("GET", "/v1/files/" + file, ""));

        assertThat(known.path("expires_at").asLong() - known.path("created_at").asLong())
                .isEqualTo(2_592_000);
        assertThat(wire.download(file)).isEqualTo("anything\n");
        assertThat(wire.send("DELETE", "/v1/files/" + file, "").body()).contains("\"deleted\":true");
        assertThat(wire.send("GET", "/v1/files/" + file, "").statusCode()).isEqualTo(404);
        assertThat(wire.send("GET", "/v1/files/" + file + "/content", "").statusCode())
                .isEqualTo(404);
        assertThat(wire.send("DELETE", "/v1/files/" + file, "").statusCode()).isEqualTo(404);
    }

    @Test
    void letsFilesExpire() {
        String file = wire.file("anything\n");

        behave("\"files_kept_seconds\":0");

        assertThat(wire.send("GET", "/v1/files/" + file + "/content", "").statusCode())
                .isEqualTo(404);
        assertThat(wire.create(file).statusCode()).isEqualTo(400);
    }

    @Test
    void pagesThroughBatchesAndFiles() {
        List<String> ids = IntStream.range(0, 3)
                .mapToObj(_ -> wire.batch(OpenAiBatchWire.chats(1)))
                .toList();

        JsonNode page = OpenAiBatchWire.json(wire.send("GET", "/v1/batches?limit=2", ""));
        JsonNode rest = OpenAiBatchWire.json(wire.send(
                "GET", "/v1/batches?limit=2&after=" + page.path("last_id").stringValue(), ""));

        assertThat(page.path("data"))
                .extracting(one -> one.path("id").stringValue())
                .containsExactly(ids.get(2), ids.get(1));
        assertThat(page.path("has_more").asBoolean()).isTrue();
        assertThat(rest.path("data"))
                .extracting(one -> one.path("id").stringValue())
                .containsExactly(ids.getFirst());
        assertThat(rest.path("has_more").asBoolean()).isFalse();
        assertThat(wire.send("GET", "/v1/batches?limit=101", "").statusCode()).isEqualTo(400);
        assertThat(wire.send("GET", "/v1/files?limit=10001", "").statusCode()).isEqualTo(400);
        assertThat(OpenAiBatchWire.json(wire.send("GET", "/v1/files?purpose=batch&limit=1", ""))
                        .path("data"))
                .hasSize(1);
    }

    @Test
    void showsTheOutputFileLate() {
        behave("\"output_file_delay_seconds\":3600");
        String hidden = wire.batch(OpenAiBatchWire.chats(1));
        assertThat(wire.await(hidden, "completed").path("output_file_id").isNull())
                .isTrue();
        behave("\"output_file_delay_seconds\":0,\"file_content_404_seconds\":3600");
        String empty = wire.batch(OpenAiBatchWire.chats(1));
        assertThat(content(wire.await(empty, "completed")).statusCode()).isEqualTo(404);

        behave("\"output_file_delay_seconds\":0.5,\"file_content_404_seconds\":1");
        String id = wire.batch(OpenAiBatchWire.chats(1));
        JsonNode shown = Awaitility.await()
                .until(() -> wire.get(id), batch -> batch.path("output_file_id").isString());
        Awaitility.await().until(() -> content(shown).statusCode() == 200);
    }

    @Test
    void writesOddFiles() {
        behave("\"result_duplicate_rate\":1,\"result_unknown_id_rate\":1,\"result_crlf\":true,"
                + "\"result_blank_last_line\":true,\"error_file_blank\":true,\"line_status_zero_rate\":1,"
                + "\"extra_fields\":true");
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(1)), "completed");

        String text = wire.download(batch.path("output_file_id").stringValue());
        assertThat(text).endsWith("}\r\n\r\n");
        List<JsonNode> lines = RunningSimulator.lines(text);
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0)).isEqualTo(lines.get(1));
        assertThat(lines.get(0).path("response").path("status_code").asInt()).isZero();
        assertThat(lines.get(2).path("custom_id").stringValue()).startsWith("unknown-");
        assertThat(batch.path("error_file_id").stringValue()).isEmpty();
        assertThat(batch.has("x_new_field")).isTrue();
        behave("\"result_malformed_rate\":1,\"result_duplicate_rate\":0,\"result_unknown_id_rate\":0");
        JsonNode broken = wire.await(wire.batch(OpenAiBatchWire.chats(1)), "completed");
        assertThat(wire.download(broken.path("output_file_id").stringValue())).startsWith("{\"id\":\"batch_req_broken");
    }

    @Test
    void leavesErrorsWithoutAFile() {
        behave("\"error_file_missing\":true,\"line_timeout_rate\":1");

        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(2)), "completed");

        assertThat(batch.path("request_counts").path("failed").asInt()).isEqualTo(2);
        assertThat(batch.path("error_file_id").isNull()).isTrue();
    }

    @Test
    void vanishes() {
        behave("\"vanish_rate\":1");
        String id = wire.batch(OpenAiBatchWire.chats(1));

        Awaitility.await().until(() -> wire.send("GET", "/v1/batches/" + id, "").statusCode() == 404);

        assertThat(wire.get(id).has("error")).isTrue();
        assertThat(OpenAiBatchWire.json(wire.send("GET", "/v1/batches", "")).path("data"))
                .isEmpty();
        assertThat(simulator.batches().getFirst().path("vanished").asBoolean()).isTrue();
        assertThat(simulator.executions()).isZero();
    }

    @Test
    void lagsBehindInItsList() {
        behave("\"list_lag_seconds\":3600,\"unheard_status\":\"paused\",\"stall\":true");

        String id = wire.batch(OpenAiBatchWire.chats(1));

        wire.await(id, "paused");
        assertThat(OpenAiBatchWire.json(wire.send("GET", "/v1/batches", "")).path("data"))
                .isEmpty();
    }

    @Test
    void limitsCreationsAndUploads() {
        behave("\"creations_per_hour\":1,\"uploads_per_minute\":2,\"retry_after\":\"ms\"");
        String file = wire.file(OpenAiBatchWire.chats(1));
        wire.create(file);

        HttpResponse<String> creation = wire.create(file);
        wire.file("x\n");
        HttpResponse<String> upload = wire.upload("; filename=\"a.jsonl\"", "x");

        assertThat(creation.statusCode()).isEqualTo(429);
        assertThat(creation.headers().firstValue("retry-after-ms")).isPresent();
        assertThat(upload.statusCode()).isEqualTo(429);
    }

    @Test
    void failsTheCallsThatWerePlannedToFail() {
        behave("""
                "faults":[{"call":"files.create","effect":"fail_after","status":503},
                          {"call":"batches.create","nth":2,"effect":"cut_after"},
                          {"call":"batches.get","nth":1,"times":2,"effect":"fail","status":502}]
                """);

        assertThat(wire.upload("; filename=\"a.jsonl\"", OpenAiBatchWire.chats(1))
                        .statusCode())
                .isEqualTo(503);
        JsonNode stored = OpenAiBatchWire.json(wire.send("GET", "/v1/files", ""))
                .path("data")
                .path(0);
        String id = OpenAiBatchWire.json(wire.create(stored.path("id").stringValue()))
                .path("id")
                .stringValue();
        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> wire.create(stored.path("id").stringValue()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(simulator.batches()).hasSize(2);
        assertThat(wire.send("GET", "/v1/batches/" + id, "").statusCode()).isEqualTo(502);
        assertThat(wire.send("GET", "/v1/batches/" + id, "").statusCode()).isEqualTo(502);
        assertThat(wire.send("GET", "/v1/batches/" + id, "").statusCode()).isEqualTo(200);
    }

    @Test
    void cutsADownloadHalfWay() {
        JsonNode batch = wire.await(wire.batch(OpenAiBatchWire.chats(5)), "completed");
        behave("\"download_cut_rate\":1");

        org.assertj.core.api.Assertions.assertThatThrownBy(
                        () -> wire.download(batch.path("output_file_id").stringValue()))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void runsResponsesAndEmbeddings() {
        behave("\"split_answer_rate\":1");
        String response = "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"model\":"
                + "\"gpt-5-mini\",\"input\":\"hi there\",\"reasoning\":{\"effort\":\"low\"}}}";
        String embedding = "{\"custom_id\":\"b\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{\"model\":"
                + "\"text-embedding-3-small\",\"input\":[\"one\",\"two\"]}}";

        JsonNode responses = finished(response, "/v1/responses");
        JsonNode embeddings = finished(embedding, "/v1/embeddings");

        JsonNode items = wire.content(responses, "output_file_id")
                .getFirst()
                .path("response")
                .path("body")
                .path("output");
        assertThat(items)
                .extracting(item -> item.path("type").stringValue())
                .containsExactly("reasoning", "message", "message");
        assertThat(responses
                        .path("usage")
                        .path("output_tokens_details")
                        .path("reasoning_tokens")
                        .asInt())
                .isEqualTo(64);
        assertThat(wire.content(embeddings, "output_file_id")
                        .getFirst()
                        .path("response")
                        .path("body")
                        .path("data"))
                .hasSize(2);
        assertThat(embeddings.path("usage").path("input_tokens").asInt()).isEqualTo(2);
        assertThat(simulator.executions()).isOne();
    }

    @Test
    void cachesPromptsFromGpt5OnOnly() {
        String prompt = "A steady rain fell on the old harbour town. ".repeat(200);

        for (String model : List.of("gpt-4o", "gpt-5-mini")) {
            String lines = OpenAiBatchWire.chat("a", model, prompt) + "\n" + OpenAiBatchWire.chat("b", model, prompt);
            JsonNode batch = wire.await(wire.batch(lines), "completed");
            long cached = simulator
                    .stats()
                    .path("tokens")
                    .path(model)
                    .path("batch_cached_input")
                    .asLong();

            assertThat(batch.path("usage")
                            .path("input_tokens_details")
                            .path("cached_tokens")
                            .asLong())
                    .isEqualTo(cached);
            if (model.equals("gpt-4o")) {
                assertThat(cached).isZero();
            } else {
                assertThat(cached).isGreaterThanOrEqualTo(1_024);
                assertThat(cached % 128).isZero();
            }
        }
    }

    @Test
    void isForgottenByAReset() {
        String id = wire.batch(OpenAiBatchWire.chats(1));
        wire.await(id, "completed");

        simulator.send("POST", "/_sim/reset", "");

        assertThat(wire.send("GET", "/v1/batches/" + id, "").statusCode()).isEqualTo(404);
        assertThat(OpenAiBatchWire.json(wire.send("GET", "/v1/files", "")).path("data"))
                .isEmpty();
        assertThat(simulator.batches()).isEmpty();
        assertThat(simulator.stats().path("calls").path("batches_created").asInt())
                .isZero();
    }

    private HttpResponse<String> content(JsonNode batch) {
        return wire.send("GET", "/v1/files/" + batch.path("output_file_id").stringValue() + "/content", "");
    }

    private JsonNode finished(String lines, String endpoint) {
        JsonNode created = OpenAiBatchWire.json(wire.create(wire.file(lines), endpoint));
        return wire.await(created.path("id").stringValue(), "completed");
    }

    private void behave(String batch) {
        simulator.behave("{\"batch\":{" + batch + "}}");
    }

    private static List<String> names(int count) {
        return IntStream.range(0, count).mapToObj(i -> "r" + i).toList();
    }

    private static long sum(List<JsonNode> lines, String field) {
        return lines.stream()
                .mapToLong(line -> line.path("response")
                        .path("body")
                        .path("usage")
                        .path(field)
                        .asLong())
                .sum();
    }
}
