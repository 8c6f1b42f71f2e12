package dev.offpeak.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.core.BatchId;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Bulk uploads as clients send them. No worker runs: lines stay as they were taken in.
@RunningApi
class BatchesIT {

    private static final String UPLOAD = "/v1/batches?workflow=summarise";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private DataSource dataSource;

    private Client client = new Client(0, "");

    @BeforeEach
    void connect() {
        client = new Client(port, RunningApi.KEY);
    }

    private Client.Answer upload(String path, String body, String... headers) {
        return upload(client, path, body.getBytes(UTF_8), headers);
    }

    private static Client.Answer upload(Client client, String path, byte[] body, String... headers) {
        var all = new ArrayList<>(List.of("Content-Type", "application/x-ndjson"));
        all.addAll(Arrays.asList(headers));
        return client.send("POST", path, BodyPublishers.ofByteArray(body), all.toArray(String[]::new));
    }

    private static String line(String customId) {
        return "{\"custom_id\":\"" + customId + "\",\"prompt\":\"Say hello.\"}\n";
    }

    @Test
    void takesAnUploadInWhole() {
        var accepted =
                upload(UPLOAD + "&deadline=PT20H&max_cost_usd=5&strict=true&metadata=%7B%22run%22%3A%227%22%7D", """
                {"custom_id":"c1","prompt":"One\\n\\"two\\"\\t\\\\ ünïcode 😀","user":"u_1","feature":"f","tags":["a\\"b","c,d"],"metadata":{"k":"v\\\\"}}
                {"custom_id":"c2","workflow":"classify","messages":[{"role":"user","content":"Two"}],"quality":"full","deadline":"PT2H"}
                """);

        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        String id = accepted.string("id");
        assertThat(id).startsWith("bat_");
        assertThat(accepted.header("Location")).hasValue("/v1/batches/" + id);
        assertThat(accepted.string("status")).isEqualTo("running");
        assertThat(accepted.json().path("counts").path("queued").asInt()).isEqualTo(2);
        assertThat(accepted.string("estimate_usd")).isNotEmpty();
        assertThat(accepted.json().path("metadata").path("run").asString()).isEqualTo("7");
        assertThat(client.get("/v1/batches/" + id).json()).isEqualTo(accepted.json());

        var jobs = client.get("/v1/jobs?batch=" + id).json().path("data");
        assertThat(jobs).hasSize(2);
        assertThat(jobs.get(1).path("batch").asString()).isEqualTo(id);
        assertThat(jobs.get(1).path("tags").toString()).isEqualTo("[\"a\\\"b\",\"c,d\"]");
        assertThat(jobs.get(1).path("metadata").path("k").asString()).isEqualTo("v\\");
        assertThat(jobs.get(1).path("user").asString()).isEqualTo("u_1");
        assertThat(jobs.get(0).path("workflow").asString()).isEqualTo("classify");
        assertThat(jobs.get(0).path("tier").asString()).isEqualTo("full");
        var prompts = jdbc.sql("""
                        SELECT input.request -> 'messages' -> 0 ->> 'content' FROM job_input input JOIN job ON job.id = input.job_id
                         WHERE job.batch_id = :batch ORDER BY job.id
                        """).param("batch", uuid(id)).query(String.class).list();
        assertThat(prompts).containsExactly("One\n\"two\"\t\\ ünïcode 😀", "Two");
        assertThat(jdbc.sql("""
                        SELECT bool_and(not_before = 'infinity' AND task_id IS NULL AND may_wait) FROM job WHERE batch_id = :batch
                        """).param("batch", uuid(id)).query(Boolean.class).single())
                .as("lines wait for their feeder, which alone is woken")
                .isTrue();
        assertThat(jdbc.sql("""
                        SELECT count(*) FROM jobrunr.jobrunr_jobs task JOIN batch ON batch.task_id::text = task.id
                         WHERE batch.id = :batch
                        """).param("batch", uuid(id)).query(Integer.class).single())
                .isEqualTo(1);
    }

    @Test
    void namesBadLinesAndTakesTheOthers() throws IOException {
        var body = new ByteArrayOutputStream();
        for (String line : List.of(
                line("ok"), // 1
                "\n", // 2
                "   \r\n", // 3
                line("ok"), // 4: again
                "{\"prompt\":\"no id\"}\n", // 5
                "{\"custom_id\":7,\"prompt\":\"x\"}\n", // 6
                "{\"custom_id\":\"u\",\"prompt\":\"x\",\"colour\":\"red\"}\n", // 7
                "{\"custom_id\":\"j\",\"prompt\":\n", // 8
                "[1]\n", // 9
                "{\"custom_id\":\"n\",\"prompt\":\"a\\u0000b\"}\n", // 10
                "{\"custom_id\":\"w\",\"workflow\":\"nope\",\"prompt\":\"x\"}\n", // 11
                "{\"custom_id\":\"m\",\"prompt\":\"x\",\"max_cost_usd\":\"0.000000000001\"}\n", // 12
                "{\"custom_id\":\"l\",\"prompt\":\"" + "x".repeat(1 << 20) + "\"}\n")) { // 13
            body.write(line.getBytes(UTF_8));
        }
        body.write("{\"custom_id\":\"bad\",\"prompt\":\"".getBytes(UTF_8)); // 14: not UTF-8
        body.write(0xff);
        body.write("\"}\n".getBytes(UTF_8));
        body.write("{\"custom_id\":\"nul\",\"prompt\":\"".getBytes(UTF_8)); // 15: a raw NUL
        body.write(0);
        body.write("\"}\n".getBytes(UTF_8));
        body.write("{\"custom_id\":\"crlf\",\"prompt\":\"x\"}\r\n".getBytes(UTF_8)); // 16
        body.write("{\"custom_id\":\"last\",\"prompt\":\"x\"}".getBytes(UTF_8)); // 17: no line end

        var accepted = upload(client, UPLOAD, body.toByteArray());

        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        assertThat(accepted.json().path("counts").path("total").asInt()).isEqualTo(3);
        assertThat(accepted.json().path("invalid_lines").path("count").asInt()).isEqualTo(12);
        assertThat(accepted.json().path("invalid_lines").path("first")).hasSize(10);
        String path = "/v1/batches/" + accepted.string("id") + "/invalid-lines";
        var page = client.get(path + "?limit=7").json();
        var rest = client.get(path + "?limit=7&after=" + page.path("next").asString())
                .json();
        var all = new ArrayList<String>();
        for (JsonNode lines : List.of(page.path("data"), rest.path("data"))) {
            for (JsonNode line : lines) {
                all.add(line.path("line").asInt() + " " + line.path("code").asString());
            }
        }
        assertThat(rest.path("next").isNull()).isTrue();
        assertThat(all)
                .containsExactly(
                        "4 duplicate_custom_id",
                        "5 invalid_request",
                        "6 invalid_request",
                        "7 unknown_field",
                        "8 malformed_json",
                        "9 invalid_request",
                        "10 invalid_request",
                        "11 unknown_workflow",
                        "12 max_cost_exceeded",
                        "13 payload_too_large",
                        "14 malformed_json",
                        "15 malformed_json");
        assertThat(page.path("data").get(0).path("custom_id").asString()).isEqualTo("ok");
    }

    @Test
    void keepsNothingOfAStrictUploadWithABadLine() {
        int before = batches();

        var refused = upload(UPLOAD + "&strict=true", line("a") + "{\"custom_id\":\"b\"}\n" + line("c"));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.string("code")).isEqualTo("invalid_lines");
        assertThat(refused.json().path("errors").get(0).path("field").asString())
                .isEqualTo("line 2");
        assertThat(batches()).isEqualTo(before);
    }

    @Test
    void refusesWhatCannotBecomeABatch() {
        int before = batches();

        assertCode(upload(UPLOAD, ""), 400, "invalid_request");
        assertCode(upload(UPLOAD, "\n\n"), 400, "invalid_request");
        assertCode(upload(UPLOAD, "{}\n"), 422, "invalid_lines");
        assertCode(upload("/v1/batches?workflow=nope", line("a")), 422, "unknown_workflow");
        assertCode(upload("/v1/batches", line("a")), 422, "invalid_lines");
        assertCode(upload(UPLOAD + "&deadline=soon", line("a")), 400, "invalid_request");
        assertCode(upload(UPLOAD + "&deadline=P8D", line("a")), 400, "invalid_request");
        assertCode(upload(UPLOAD + "&max_cost_usd=-1", line("a")), 400, "invalid_request");
        assertCode(upload(UPLOAD + "&line_webhooks=true", line("a")), 400, "invalid_request");
        assertCode(upload(UPLOAD + "&webhook_url=http://10.0.0.1/", line("a")), 422, "invalid_webhook_url");
        assertCode(upload(UPLOAD + "&metadata=7", line("a")), 400, "invalid_request");
        assertCode(upload(UPLOAD + "&colour=red", line("a")), 400, "unknown_field");
        assertCode(client.post(UPLOAD, line("a")), 415, "unsupported_media_type");
        assertCode(upload(UPLOAD, line("a"), "Content-Encoding", "gzip"), 415, "unsupported_media_type");
        assertThat(batches()).isEqualTo(before);
    }

    @Test
    void keepsNothingOfAnUploadThatBreaksOff() throws IOException {
        int before = batches();
        try (var socket = new Socket("127.0.0.1", port)) {
            var out = socket.getOutputStream();
            out.write(("POST " + UPLOAD + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + RunningApi.KEY
                            + "\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100000\r\n\r\n" + line("a"))
                    .getBytes(UTF_8));
            out.flush();
        }

        var after = upload(UPLOAD, line("b"));

        assertThat(after.status()).isEqualTo(202);
        assertThat(batches()).isEqualTo(before + 1);
    }

    @Test
    void takesAnUploadOnceHoweverOftenItIsSent() {
        int before = batches();

        var first = upload(UPLOAD, line("a"), "Idempotency-Key", "bulk-1");
        var again = upload(UPLOAD, line("a"), "Idempotency-Key", "bulk-1");
        var other = upload(UPLOAD, line("b"), "Idempotency-Key", "bulk-1");

        assertThat(again.status()).isEqualTo(202);
        assertThat(again.text()).isEqualTo(first.text());
        assertThat(again.header("Idempotency-Replayed")).hasValue("true");
        assertCode(other, 422, "idempotency_key_reused");
        assertThat(batches()).isEqualTo(before + 1);
    }

    @Test
    void showsNothingToAnotherTenant() {
        String id = upload(UPLOAD, line("a")).string("id");
        String tenant = client.post("/v1/tenants", "{\"name\":\"beta-bulk\"}").string("id");
        var stranger = client.with(
                client.post("/v1/api-keys", "{\"tenant\":\"" + tenant + "\",\"scopes\":[\"jobs\",\"read\"]}")
                        .string("key"));

        assertThat(stranger.get("/v1/batches/" + id).status()).isEqualTo(404);
        assertThat(stranger.get("/v1/batches/" + id + "/results").status()).isEqualTo(404);
        assertThat(stranger.get("/v1/batches/" + id + "/invalid-lines").status())
                .isEqualTo(404);
        assertThat(stranger.post("/v1/batches/" + id + "/cancel", "").status()).isEqualTo(404);
        assertThat(stranger.get("/v1/jobs?batch=" + id).json().path("data")).isEmpty();
        assertThat(stranger.get("/v1/batches").json().path("data")).isEmpty();
        assertThat(stranger.get("/v1/provider-batches").status()).isEqualTo(403);
    }

    @Test
    void estimatesLinesThatNoProviderBatchCanCarryInTimeAsCalls() {
        var waits = upload(UPLOAD + "&deadline=PT20H", line("a"));
        var hurries = upload(UPLOAD + "&deadline=PT5M", line("a"));

        assertThat(new BigDecimal(hurries.string("estimate_usd")))
                .isGreaterThan(new BigDecimal(waits.string("estimate_usd")));
    }

    @Test
    void keepsWhatALineMayCostWhereItIsCalledBesideWhatItMayInABatch() {
        String waits = upload(UPLOAD + "&deadline=PT20H", line("a")).string("id");
        String hurries = upload(UPLOAD + "&deadline=PT5M", line("a")).string("id");

        assertThat(callsPerEstimate(waits)).as("a batch costs half").isEqualByComparingTo("2");
        assertThat(callsPerEstimate(hurries)).as("it is called anyway").isEqualByComparingTo("1");
    }

    private BigDecimal callsPerEstimate(String batch) {
        return jdbc.sql("""
                SELECT input.call_estimate_usd / input.estimate_usd FROM job_input input JOIN job ON job.id = input.job_id
                 WHERE job.batch_id = :batch
                """).param("batch", uuid(batch)).query(BigDecimal.class).single();
    }

    @Test
    void showsOperatorsOurLedgerBesideWhatTheProviderSays() {
        jdbc.sql("""
                WITH sent AS (
                    INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, close_at,
                                                finished_at)
                    SELECT gen_random_uuid(), id, 'openai', 'openai', 'residue', 'gpt-4o-mini', '/v1/chat/completions',
                           'reconciled', now(), now() FROM tenant LIMIT 1
                    RETURNING id)
                INSERT INTO provider_batch_report
                SELECT id, now(), 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 100, 0, 0, 0, 50, 0.25, 0.5, 0, 0, 110, 0, 50 FROM sent
                """).update();

        var shown = client.get("/v1/provider-batches?state=reconciled").json().path("data");

        assertThat(shown)
                .filteredOn(batch -> batch.path("account").asString().equals("residue"))
                .singleElement()
                .satisfies(batch -> {
                    assertThat(batch.path("report")
                                    .path("ours")
                                    .path("input_tokens")
                                    .asInt())
                            .isEqualTo(100);
                    assertThat(batch.path("report")
                                    .path("said")
                                    .path("input_tokens")
                                    .asInt())
                            .isEqualTo(110);
                    assertThat(batch.path("report").path("duplicates").asInt()).isEqualTo(1);
                    assertThat(batch.path("residue").path("input_tokens").asInt())
                            .isEqualTo(10);
                });
    }

    @Test
    void showsOperatorsWhatAPrimerIsForAndWhatTheProvidersCacheSaved() {
        jdbc.sql("""
                WITH primed AS (
                    INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, close_at,
                                                finished_at)
                    SELECT gen_random_uuid(), id, 'anthropic', 'anthropic', 'primed', 'claude-haiku-4-5', '/v1/messages',
                           'reconciled', now(), now() FROM tenant LIMIT 1
                    RETURNING id, tenant_id),
                primer AS (
                    INSERT INTO provider_batch (id, tenant_id, protocol, provider, account, model, endpoint, state, close_at,
                                                finished_at, primer_of)
                    SELECT gen_random_uuid(), tenant_id, 'anthropic', 'anthropic', 'primer', 'claude-haiku-4-5',
                           '/v1/messages', 'reconciled', now(), now(), id FROM primed)
                INSERT INTO provider_batch_report
                SELECT id, now(), 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 300, 200, 0, 0, 50, 0.25, 0.5, 0, 0, NULL, NULL, NULL FROM primed
                """).update();

        var shown = client.get("/v1/provider-batches?state=reconciled").json().path("data");
        var primed = ofAccount(shown, "primed");
        var primer = ofAccount(shown, "primer");

        assertThat(primed.path("cached_share").decimalValue()).isEqualByComparingTo("0.6667");
        assertThat(primed.path("primer_of").isNull()).isTrue();
        assertThat(primed.path("report").path("said").isNull())
                .as("the provider says nothing of the whole batch")
                .isTrue();
        assertThat(primed.path("residue").isNull()).isTrue();
        assertThat(primer.path("primer_of").asString())
                .isEqualTo(primed.path("id").asString());
        assertThat(primer.path("cached_share").isNull())
                .as("its results were not read")
                .isTrue();
    }

    private static JsonNode ofAccount(JsonNode batches, String account) {
        return batches.valueStream()
                .filter(batch -> batch.path("account").asString().equals(account))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void saysOfAnUploadThatNotAllOfItCouldBeCalledInTime() {
        var body = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            body.append(line("line-" + i));
        }
        var atRisk = upload(UPLOAD + "&deadline=PT45S", body.toString());
        var inTime = upload(UPLOAD + "&deadline=PT20H", body.toString());

        assertThat(atRisk.status()).as("it is taken all the same").isEqualTo(202);
        assertThat(atRisk.json().path("at_risk").path("code").asString()).isEqualTo("deadline_at_risk");
        assertThat(atRisk.json().path("at_risk").path("message").asString()).startsWith("Of 20 lines 20 may come");
        assertThat(inTime.json().path("at_risk").isNull()).isTrue();
    }

    @Test
    void beginsToCancelAtOnceAndAgain() {
        String id = upload(UPLOAD, line("a")).string("id");

        var first = client.post("/v1/batches/" + id + "/cancel", "");
        var again = client.post("/v1/batches/" + id + "/cancel", "");

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(first.string("status")).isEqualTo("cancelling");
        assertThat(again.status()).isEqualTo(200);
        jdbc.sql("""
                UPDATE batch SET status = 'completed', finished_at = now(),
                       counts = '{"total":1,"queued":0,"running":0,"batched":0,"succeeded":1,"failed":0,"cancelled":0,"expired":0}'
                 WHERE id = :id
                """).param("id", uuid(id)).update();
        assertCode(client.post("/v1/batches/" + id + "/cancel", ""), 409, "batch_already_finished");
        var ended = client.get("/v1/batches/" + id);
        assertThat(ended.json().path("counts").path("succeeded").asInt())
                .as("as it was frozen")
                .isEqualTo(1);
    }

    @Test
    void listsBatchesNewestFirst() {
        String older = upload(UPLOAD, line("a")).string("id");
        String newer = upload(UPLOAD, line("a")).string("id");

        var page = client.get("/v1/batches?limit=1").json();
        var next = client.get("/v1/batches?limit=1&after=" + page.path("next").asString())
                .json();

        assertThat(page.path("data").get(0).path("id").asString()).isEqualTo(newer);
        assertThat(next.path("data").get(0).path("id").asString()).isEqualTo(older);
    }

    @Test
    void readsResultsOnWithoutAGapHoweverTransactionsOverlap() throws SQLException {
        String id = upload(UPLOAD, line("a") + line("b") + line("c")).string("id");
        var jobs = jdbc.sql("SELECT id FROM job WHERE batch_id = :batch ORDER BY id")
                .param("batch", uuid(id))
                .query(UUID.class)
                .list();
        try (Connection first = dataSource.getConnection();
                Connection second = dataSource.getConnection()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            end(first, jobs.get(0));
            end(second, jobs.get(1));
            second.commit(); // the younger transaction is there first

            assertThat(results(id, ""))
                    .as("an older one may still come before it")
                    .isEmpty();

            end(second, jobs.get(2));
            first.commit();
            second.commit();
        }
        var all = awaitResults(id, 3);
        assertThat(customIds(all)).containsExactly("a", "b", "c");
        assertThat(all.getFirst().path("job").path("status").asString()).isEqualTo("cancelled");

        String cursor = all.get(0).path("cursor").asString();
        assertThat(customIds(results(id, "?after=" + cursor))).containsExactly("b", "c");
        assertThat(results(id, "?after=" + all.get(2).path("cursor").asString()))
                .isEmpty();
        assertCode(client.get("/v1/batches/" + id + "/results?after=x"), 400, "invalid_request");
    }

    @Test
    void streamsManyResultsInPages() {
        var body = new StringBuilder();
        for (int i = 0; i < 450; i++) {
            body.append(line("line-" + i));
        }
        String id = upload(UPLOAD, body.toString()).string("id");
        jdbc.sql("UPDATE job SET status = 'cancelled', finished_at = now() WHERE batch_id = :batch")
                .param("batch", uuid(id))
                .update();

        var all = awaitResults(id, 450);

        assertThat(customIds(all)).doesNotHaveDuplicates().hasSize(450);
        assertThat(customIds(results(id, "?after=" + all.get(299).path("cursor").asString())))
                .hasSize(150);
    }

    private List<JsonNode> awaitResults(String id, int count) {
        return Awaitility.await().until(() -> results(id, ""), lines -> lines.size() == count);
    }

    private List<JsonNode> results(String id, String query) {
        var answer = client.get("/v1/batches/" + id + "/results" + query);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        assertThat(answer.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/x-ndjson"));
        return answer.text().lines().map(JSON::readTree).toList();
    }

    private static List<String> customIds(List<JsonNode> lines) {
        return lines.stream().map(line -> line.path("custom_id").asString()).toList();
    }

    private static void end(Connection connection, UUID job) throws SQLException {
        try (var statement =
                connection.prepareStatement("UPDATE job SET status = 'cancelled', finished_at = now() WHERE id = ?")) {
            statement.setObject(1, job);
            statement.executeUpdate();
        }
    }

    private int batches() {
        return jdbc.sql("SELECT count(*) FROM batch").query(Integer.class).single();
    }

    private static UUID uuid(String batch) {
        return BatchId.parse(batch).orElseThrow().value();
    }

    private static void assertCode(Client.Answer answer, int status, String code) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.string("code")).as(answer.text()).isEqualTo(code);
    }
}
