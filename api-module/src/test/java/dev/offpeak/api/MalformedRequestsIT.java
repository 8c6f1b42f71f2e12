package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Bad input gets a 4xx that names the field; it never reaches a worker.
@RunningApi
class MalformedRequestsIT {

    private static final Pattern HEAD = Pattern.compile("(?is)^.*?content-length: (\\d+).*?\r\n\r\n");
    private static final String OK = "\"workflow\":\"summarise\",\"prompt\":\"hello\"";

    private static final List<String> TABLE =
            new ArrayList<>(List.of("| request | status | code | field |", "|---|---|---|---|"));

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    private Client client = new Client(0, "");

    /// For people: what was sent, and what it was answered.
    @AfterAll
    static void writeTheTable() throws IOException {
        Files.createDirectories(Path.of("target"));
        Files.write(Path.of("target", "malformed-requests.md"), TABLE);
    }

    @BeforeEach
    void connect() {
        client = new Client(port, RunningApi.KEY);
    }

    /// A body for `POST /v1/jobs` and what it is answered.
    private static Arguments job(String name, String body, int status, String code, @Nullable String field) {
        return argumentSet(name, body, status, code, field);
    }

    private static Arguments with(String name, String member, String code, String field) {
        int status = code.equals("invalid_request") || code.equals("unknown_field") ? 400 : 422;
        return job(name, "{" + OK + "," + member + "}", status, code, field);
    }

    private static Arguments bad(String name, String member, String field) {
        return with(name, member, "invalid_request", field);
    }

    static Stream<Arguments> jobs() {
        return Stream.of(
                // JSON itself
                job("no body", "", 400, "invalid_request", null),
                job("blank body", "  \n ", 400, "invalid_request", null),
                job("null", "null", 400, "invalid_request", "body"),
                job("an array", "[]", 400, "invalid_request", "body"),
                job("a string", "\"hello\"", 400, "invalid_request", "body"),
                job("a number", "42", 400, "invalid_request", "body"),
                job("cut off", "{" + OK, 400, "malformed_json", null),
                job("single quotes", "{'workflow':'summarise'}", 400, "malformed_json", null),
                job("trailing comma", "{" + OK + ",}", 400, "malformed_json", null),
                job("comment", "{" + OK + "/* hi */}", 400, "malformed_json", null),
                job("trailing garbage", "{" + OK + "} x", 400, "malformed_json", null),
                job("two values", "{" + OK + "}{" + OK + "}", 400, "malformed_json", null),
                job("duplicate key", "{" + OK + ",\"prompt\":\"other\"}", 400, "malformed_json", null),
                job("NaN", "{" + OK + ",\"temperature\":NaN}", 400, "malformed_json", null),
                job("Infinity", "{" + OK + ",\"temperature\":Infinity}", 400, "malformed_json", null),
                job("leading zero", "{" + OK + ",\"max_output_tokens\":01}", 400, "malformed_json", null),
                job("unescaped control character", "{" + OK + ",\"user\":\"a\u0001b\"}", 400, "malformed_json", null),
                job("byte order mark", "\uFEFF{" + OK + "}", 400, "malformed_json", null),
                job(
                        "too deep",
                        "{" + OK + ",\"metadata\":" + "[".repeat(100) + "]".repeat(100) + "}",
                        400,
                        "malformed_json",
                        null),
                job(
                        "endless number",
                        "{" + OK + ",\"temperature\":0." + "1".repeat(200) + "}",
                        400,
                        "malformed_json",
                        null),
                bad("NUL character", "\"user\":\"a\\u0000b\"", "user"),
                bad("half a surrogate pair", "\"user\":\"a\\ud800b\"", "user"),
                bad("NUL in a key", "\"metadata\":{\"a\\u0000\":\"b\"}", "metadata"),
                // Fields
                with("unknown field", "\"promt\":\"x\"", "unknown_field", "promt"),
                with("camel case", "\"maxCostUsd\":\"1\"", "unknown_field", "maxCostUsd"),
                with(
                        "unknown field inside",
                        "\"webhook\":{\"url\":\"https://example.com/\",\"key\":\"x\"}",
                        "unknown_field",
                        "webhook.key"),
                with("custom_id outside a batch", "\"custom_id\":\"1\"", "unknown_field", "custom_id"),
                job("no workflow", "{\"prompt\":\"x\"}", 400, "invalid_request", "workflow"),
                job("null workflow", "{\"prompt\":\"x\",\"workflow\":null}", 400, "invalid_request", "workflow"),
                job(
                        "unknown workflow",
                        "{\"prompt\":\"x\",\"workflow\":\"nope\"}",
                        422,
                        "unknown_workflow",
                        "workflow"),
                job("workflow is a number", "{\"prompt\":\"x\",\"workflow\":1}", 400, "invalid_request", "workflow"),
                bad("unknown type", "\"type\":\"embedding\"", "type"),
                bad("type with an endpoint of its own", "\"type\":\"export\"", "type"),
                // What is asked
                job("neither prompt nor messages", "{\"workflow\":\"tag\"}", 400, "invalid_request", "prompt"),
                bad("both prompt and messages", "\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]", "prompt"),
                bad("both prompt and template", "\"template\":{\"name\":\"t\"}", "prompt"),
                job("prompt is a number", "{\"workflow\":\"tag\",\"prompt\":5}", 400, "invalid_request", "prompt"),
                job("prompt is an object", "{\"workflow\":\"tag\",\"prompt\":{}}", 400, "invalid_request", "prompt"),
                job("blank prompt", "{\"workflow\":\"tag\",\"prompt\":\" \"}", 400, "invalid_request", "prompt"),
                job("no messages", "{\"workflow\":\"tag\",\"messages\":[]}", 400, "invalid_request", "messages"),
                job(
                        "messages is an object",
                        "{\"workflow\":\"tag\",\"messages\":{}}",
                        400,
                        "invalid_request",
                        "messages"),
                job(
                        "message is null",
                        "{\"workflow\":\"tag\",\"messages\":[null]}",
                        400,
                        "invalid_request",
                        "messages[0]"),
                job(
                        "unknown role",
                        "{\"workflow\":\"tag\",\"messages\":[{\"role\":\"robot\",\"content\":\"x\"}]}",
                        400,
                        "invalid_request",
                        "messages[0].role"),
                job(
                        "no content",
                        "{\"workflow\":\"tag\",\"messages\":[{\"role\":\"user\"}]}",
                        400,
                        "invalid_request",
                        "messages[0].content"),
                job(
                        "content parts",
                        "{\"workflow\":\"tag\",\"messages\":[{\"role\":\"user\",\"content\":[]}]}",
                        400,
                        "invalid_request",
                        "messages[0].content"),
                job(
                        "nobody asks",
                        "{\"workflow\":\"tag\",\"messages\":[{\"role\":\"system\",\"content\":\"x\"}]}",
                        400,
                        "invalid_request",
                        "messages"),
                job(
                        "unknown template",
                        "{\"workflow\":\"tag\",\"template\":{\"name\":\"nope\"}}",
                        422,
                        "unknown_template",
                        "template.name"),
                job(
                        "template without a name",
                        "{\"workflow\":\"tag\",\"template\":{}}",
                        400,
                        "invalid_request",
                        "template.name"),
                bad(
                        "context twice",
                        "\"context\":[{\"id\":\"a\",\"text\":\"x\"},{\"id\":\"a\",\"text\":\"y\"}]",
                        "context[1].id"),
                bad("context without text", "\"context\":[{\"id\":\"a\"}]", "context[0].text"),
                // How
                bad("user too long", "\"user\":\"" + "u".repeat(257) + "\"", "user"),
                bad("user is a number", "\"user\":7", "user"),
                bad("blank feature", "\"feature\":\"\"", "feature"),
                bad("unknown plan", "\"plan\":\"gold\"", "plan"),
                bad("unknown quality", "\"quality\":\"best\"", "quality"),
                bad("quality in capitals", "\"quality\":\"FULL\"", "quality"),
                bad("unknown cache", "\"cache\":\"never\"", "cache"),
                bad("deadline in the past", "\"deadline\":\"2020-01-01T00:00:00Z\"", "deadline"),
                bad("deadline of nothing", "\"deadline\":\"PT0S\"", "deadline"),
                bad("negative deadline", "\"deadline\":\"-PT5M\"", "deadline"),
                bad("deadline too far", "\"deadline\":\"P8D\"", "deadline"),
                bad("deadline in months", "\"deadline\":\"P1M\"", "deadline"),
                bad("deadline without a zone", "\"deadline\":\"2099-01-01T00:00:00\"", "deadline"),
                bad("deadline as seconds", "\"deadline\":900", "deadline"),
                bad("overflowing deadline", "\"deadline\":\"P99999999999999999999D\"", "deadline"),
                bad("cost as a number", "\"max_cost_usd\":0.05", "max_cost_usd"),
                bad("cost of nothing", "\"max_cost_usd\":\"0\"", "max_cost_usd"),
                bad("negative cost", "\"max_cost_usd\":\"-1\"", "max_cost_usd"),
                bad("cost with an exponent", "\"max_cost_usd\":\"1e3\"", "max_cost_usd"),
                bad("cost too fine", "\"max_cost_usd\":\"0.0000000000001\"", "max_cost_usd"),
                bad("cost with a currency", "\"max_cost_usd\":\"$1\"", "max_cost_usd"),
                bad("tokens as a string", "\"max_output_tokens\":\"5\"", "max_output_tokens"),
                bad("half a token", "\"max_output_tokens\":1.5", "max_output_tokens"),
                bad("no tokens", "\"max_output_tokens\":0", "max_output_tokens"),
                bad("more tokens than an int holds", "\"max_output_tokens\":99999999999", "max_output_tokens"),
                bad("temperature too high", "\"temperature\":2.1", "temperature"),
                bad("negative temperature", "\"temperature\":-0.1", "temperature"),
                bad("temperature as a string", "\"temperature\":\"0\"", "temperature"),
                bad("temperature as a boolean", "\"temperature\":true", "temperature"),
                with("temperature for a model without", "\"temperature\":1", "unsupported_parameter", "temperature"),
                bad("unknown response format", "\"response_format\":{\"type\":\"xml\"}", "response_format.type"),
                bad("response format without a type", "\"response_format\":{}", "response_format.type"),
                bad(
                        "json_schema without a schema",
                        "\"response_format\":{\"type\":\"json_schema\"}",
                        "response_format.json_schema"),
                bad(
                        "a schema that is none",
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"type\":\"strang\"}}}",
                        "response_format.json_schema.schema"),
                bad(
                        "a schema whose pattern is none",
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"pattern\":\"(\"}}}",
                        "response_format.json_schema.schema"),
                bad(
                        "a schema that refers to nothing",
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"$ref\":\"#/nope\"}}}",
                        "response_format.json_schema.schema"),
                bad(
                        "a schema that is itself",
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"$ref\":\"#\"}}}",
                        "response_format.json_schema.schema"),
                bad(
                        "a schema that refers elsewhere",
                        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"schema\":{\"$ref\":\"http://127.0.0.1/x\"}}}",
                        "response_format.json_schema.schema"),
                bad("webhook as a string", "\"webhook\":\"https://example.com\"", "webhook"),
                bad("webhook without a url", "\"webhook\":{}", "webhook.url"),
                with(
                        "webhook that is no url",
                        "\"webhook\":{\"url\":\"not a url\"}",
                        "invalid_webhook_url",
                        "webhook.url"),
                with(
                        "webhook by ftp",
                        "\"webhook\":{\"url\":\"ftp://example.com/\"}",
                        "invalid_webhook_url",
                        "webhook.url"),
                with(
                        "webhook into a private network",
                        "\"webhook\":{\"url\":\"https://10.0.0.1/\"}",
                        "invalid_webhook_url",
                        "webhook.url"),
                with(
                        "webhook to the metadata service",
                        "\"webhook\":{\"url\":\"http://169.254.169.254/latest\"}",
                        "invalid_webhook_url",
                        "webhook.url"),
                with(
                        "webhook with a password",
                        "\"webhook\":{\"url\":\"https://u:p@example.com/\"}",
                        "invalid_webhook_url",
                        "webhook.url"),
                bad(
                        "webhook secret too short",
                        "\"webhook\":{\"url\":\"https://example.com/\",\"secret\":\"whsec_c2hvcnQ=\"}",
                        "webhook.secret"),
                bad(
                        "webhook secret without its prefix",
                        "\"webhook\":{\"url\":\"https://example.com/\",\"secret\":\"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"}",
                        "webhook.secret"),
                bad("too many tags", "\"tags\":[" + "\"t\",".repeat(16) + "\"t\"]", "tags"),
                bad("a tag that is a number", "\"tags\":[1]", "tags[0]"),
                bad("a tag that is null", "\"tags\":[null]", "tags[0]"),
                bad("tags as a string", "\"tags\":\"a\"", "tags"),
                bad("metadata that is a number", "\"metadata\":{\"a\":1}", "metadata.a"),
                bad("metadata that is null", "\"metadata\":{\"a\":null}", "metadata.a"),
                bad("metadata too long", "\"metadata\":{\"a\":\"" + "x".repeat(513) + "\"}", "metadata.a"),
                bad("metadata as an array", "\"metadata\":[]", "metadata"));
    }

    @ParameterizedTest
    @MethodSource
    void jobs(String body, int status, String code, @Nullable String field, TestInfo test) {
        if (code.equals("unsupported_parameter")) {
            client.put("/v1/workflows/reasoning", "{\"fast_model\":\"gpt-5-mini\"}");
            body = body.replace("summarise", "reasoning");
        }
        long jobs = count("job");
        long tasks = count("jobrunr.jobrunr_jobs");

        var answer = client.post("/v1/jobs", body);

        refused(answer, status, code, field);
        tabulate("POST /v1/jobs: " + test.getDisplayName(), status, code, field);
        assertThat(count("job")).isEqualTo(jobs);
        assertThat(count("jobrunr.jobrunr_jobs")).isEqualTo(tasks);
    }

    private record Row(
            String name,
            Client.Answer answer,
            int status,
            String code,
            @Nullable String field) {}

    @Test
    void everythingElse() {
        var rows = new ArrayList<Row>();
        var nobody = new Client(port, "");
        String job = "{" + OK + "}";
        byte[] latin = "{\"workflow\":\"tag\",\"prompt\":\"caf\u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);
        rows.add(row("not UTF-8", raw(latin, "application/json"), 400, "malformed_json", null));
        rows.add(row(
                "UTF-16",
                raw(job.getBytes(Charset.forName("UTF-16")), "application/json"),
                400,
                "malformed_json",
                null));
        rows.add(row(
                "another charset",
                raw(latin, "application/json;charset=ISO-8859-1"),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "a form",
                raw(job.getBytes(StandardCharsets.UTF_8), "application/x-www-form-urlencoded"),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "text",
                raw(job.getBytes(StandardCharsets.UTF_8), "text/plain"),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "NDJSON",
                raw(job.getBytes(StandardCharsets.UTF_8), "application/x-ndjson"),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "nonsense content type",
                raw(job.getBytes(StandardCharsets.UTF_8), "???"),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "no content type",
                client.send("POST", "/v1/jobs", BodyPublishers.ofString(job)),
                415,
                "unsupported_media_type",
                "Content-Type"));
        rows.add(row(
                "compressed",
                client.post("/v1/jobs", job, "Content-Encoding", "gzip"),
                415,
                "unsupported_media_type",
                "Content-Encoding"));
        rows.add(row(
                "nothing we can answer in",
                client.get("/v1/jobs", "Accept", "application/xml"),
                406,
                "not_acceptable",
                "Accept"));
        rows.add(row(
                "too large, chunked",
                client.send(
                        "POST",
                        "/v1/jobs",
                        BodyPublishers.ofInputStream(
                                () -> new ByteArrayInputStream(large().getBytes(StandardCharsets.UTF_8))),
                        "Content-Type",
                        "application/json"),
                413,
                "payload_too_large",
                null));
        rows.add(row("no key", nobody.post("/v1/jobs", job), 401, "unauthenticated", null));
        rows.add(row("wrong key", client.with("wrong").post("/v1/jobs", job), 401, "unauthenticated", null));
        rows.add(row(
                "basic credentials",
                nobody.post("/v1/jobs", job, "Authorization", "Basic dTpw"),
                401,
                "unauthenticated",
                null));
        rows.add(row(
                "two idempotency keys",
                client.post("/v1/jobs", job, "Idempotency-Key", "a", "Idempotency-Key", "b"),
                400,
                "invalid_idempotency_key",
                "Idempotency-Key"));
        rows.add(row(
                "idempotency key too long",
                client.post("/v1/jobs", job, "Idempotency-Key", "k".repeat(256)),
                400,
                "invalid_idempotency_key",
                "Idempotency-Key"));
        rows.add(row(
                "idempotency key half quoted",
                client.post("/v1/jobs", job, "Idempotency-Key", "\"k"),
                400,
                "invalid_idempotency_key",
                "Idempotency-Key"));
        rows.add(row("unknown path", client.get("/v1/nothing"), 404, "not_found", null));
        rows.add(row("unknown version", client.get("/v2/jobs"), 404, "not_found", null));
        rows.add(row("wrong method", client.delete("/v1/jobs"), 405, "method_not_allowed", null));
        rows.add(row("wrong method on a job", client.put("/v1/jobs/" + JOB, "{}"), 405, "method_not_allowed", null));
        rows.add(row("no such job", client.get("/v1/jobs/" + JOB), 404, "not_found", null));
        rows.add(row("no job's id", client.get("/v1/jobs/1"), 404, "not_found", null));
        rows.add(row(
                "another kind of id", client.get("/v1/jobs/" + JOB.replace("job_", "bat_")), 404, "not_found", null));
        rows.add(row("cancels nothing", client.post("/v1/jobs/" + JOB + "/cancel", ""), 404, "not_found", null));
        rows.add(row("waits too long", client.get("/v1/jobs/" + JOB + "?wait=61"), 400, "invalid_request", "wait"));
        rows.add(row("waits for a word", client.get("/v1/jobs/" + JOB + "?wait=soon"), 400, "invalid_request", "wait"));
        rows.add(row("unknown status", client.get("/v1/jobs?status=done"), 400, "invalid_request", "status"));
        rows.add(row("unknown filter", client.get("/v1/jobs?state=queued"), 400, "unknown_field", "state"));
        rows.add(row(
                "filter sent twice",
                client.get("/v1/jobs?status=queued&status=failed"),
                400,
                "invalid_request",
                "status"));
        rows.add(row("batch that is none", client.get("/v1/jobs?batch=1"), 400, "invalid_request", "batch"));
        rows.add(row("limit of nothing", client.get("/v1/jobs?limit=0"), 400, "invalid_request", "limit"));
        rows.add(row("limit too high", client.get("/v1/jobs?limit=1001"), 400, "invalid_request", "limit"));
        rows.add(row("limit that is a word", client.get("/v1/jobs?limit=all"), 400, "invalid_request", "limit"));
        rows.add(row("cursor that is none", client.get("/v1/jobs?after=%21%21"), 400, "invalid_request", "after"));
        rows.add(row(
                "cursor of another list", client.get("/v1/jobs?after=Y2xhc3NpZnk"), 400, "invalid_request", "after"));
        rows.add(row("ledger of no job", client.get("/v1/ledger?job=1"), 400, "invalid_request", "job"));
        rows.add(row("ledger from no time", client.get("/v1/ledger?from=yesterday"), 400, "invalid_request", "from"));
        rows.add(row(
                "workflow in capitals",
                client.put("/v1/workflows/Capital", "{\"fast_model\":\"gpt-4o-mini\"}"),
                400,
                "invalid_request",
                "name"));
        rows.add(row(
                "workflow of another name",
                client.put("/v1/workflows/a", "{\"name\":\"b\",\"fast_model\":\"gpt-4o-mini\"}"),
                400,
                "invalid_request",
                "name"));
        rows.add(row(
                "workflow without a model", client.put("/v1/workflows/a", "{}"), 400, "invalid_request", "fast_model"));
        rows.add(row(
                "workflow with an unknown field",
                client.put("/v1/workflows/a", "{\"fast_model\":\"gpt-4o-mini\",\"models\":1}"),
                400,
                "unknown_field",
                "models"));
        rows.add(row(
                "workflow of an unknown provider",
                client.put("/v1/workflows/a", "{\"fast_model\":\"gpt-4o-mini\",\"provider\":\"acme\"}"),
                400,
                "invalid_request",
                "provider"));
        rows.add(row(
                "workflow with a floor above 1",
                client.put("/v1/workflows/a", "{\"fast_model\":\"gpt-4o-mini\",\"cache\":{\"semantic_floor\":1.2}}"),
                400,
                "invalid_request",
                "cache.semantic_floor"));
        rows.add(row(
                "tenant without a name",
                client.post("/v1/tenants", "{\"name\":\"\"}"),
                400,
                "invalid_request",
                "name"));
        rows.add(row(
                "key without scopes",
                client.post("/v1/api-keys", "{\"scopes\":[]}"),
                400,
                "invalid_request",
                "scopes"));
        rows.add(row(
                "key with an unknown scope",
                client.post("/v1/api-keys", "{\"scopes\":[\"root\"]}"),
                400,
                "invalid_request",
                "scopes[0]"));
        rows.add(row(
                "key that has expired",
                client.post("/v1/api-keys", "{\"scopes\":[\"read\"],\"expires_at\":\"2020-01-01T00:00:00Z\"}"),
                400,
                "invalid_request",
                "expires_at"));
        rows.add(row(
                "suspends itself",
                client.patch("/v1/tenants/" + ownTenant(), "{\"suspended\":true}"),
                409,
                "conflict",
                "suspended"));

        for (var row : rows) {
            assertThat(row.answer().status())
                    .as(row.name() + ": " + row.answer().text())
                    .isEqualTo(row.status());
            refused(row.answer(), row.status(), row.code(), row.field());
            tabulate(row.name(), row.status(), row.code(), row.field());
        }
    }

    @Test
    void isRefusedUnreadWhereItsLengthIsAnnounced() throws Exception {
        String request = """
                POST /v1/jobs HTTP/1.1
                Host: localhost
                Authorization: Bearer %s
                Content-Type: application/json
                Content-Length: 5000000

                """.formatted(RunningApi.KEY).replace("\n", "\r\n");

        // Not a byte of the body is sent, and yet there is an answer.
        assertThat(exchange(request))
                .startsWith("HTTP/1.1 413")
                .contains("payload_too_large")
                .contains("Connection: close");
    }

    @Test
    void neverAsksForABodyThatItWillNotRead() throws Exception {
        String request = """
                POST /v1/jobs HTTP/1.1
                Host: localhost
                Authorization: Bearer %s
                Content-Type: application/json
                Content-Length: %d
                Expect: 100-continue

                """;

        assertThat(exchange(request.formatted(RunningApi.KEY, 5_000_000).replace("\n", "\r\n")))
                .startsWith("HTTP/1.1 413");
        assertThat(exchange(request.formatted("nobody", 100).replace("\n", "\r\n")))
                .startsWith("HTTP/1.1 401");
    }

    @Test
    void isAProblemEvenWhereTheServerItselfRefuses() throws Exception {
        assertThat(exchange("GET /v1/jobs/%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json")
                .contains("\"code\":\"invalid_request\"");
        assertThat(exchange("GET /v1/..%2f..%2fetc HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 4")
                .contains("application/problem+json");
    }

    @Test
    void keepsTheClientsRequestIdWhereItIsSane() {
        assertThat(client.get("/v1/jobs", "X-Request-Id", "my-request:1").header("X-Request-Id"))
                .hasValue("my-request:1");
        assertThat(client.get("/v1/jobs", "X-Request-Id", "x".repeat(129))
                        .header("X-Request-Id")
                        .orElseThrow())
                .startsWith("req_");
    }

    private static final String JOB = "job_01k7q3c5v0e8n9s2r4t6w8y0z1";

    private static String large() {
        return "{\"workflow\":\"tag\",\"prompt\":\"" + "x".repeat(1_100_000) + "\"}";
    }

    private static void tabulate(String request, int status, String code, @Nullable String field) {
        TABLE.add("| " + request + " | " + status + " | " + code + " | " + (field == null ? "" : field) + " |");
    }

    private static Row row(String name, Client.Answer answer, int status, String code, @Nullable String field) {
        return new Row(name, answer, status, code, field);
    }

    private Client.Answer raw(byte[] body, String contentType) {
        return client.send("POST", "/v1/jobs", BodyPublishers.ofByteArray(body), "Content-Type", contentType);
    }

    private String ownTenant() {
        return client.get("/v1/api-keys?limit=1")
                .json()
                .path("data")
                .get(0)
                .path("tenant")
                .asString();
    }

    private String exchange(String request) throws Exception {
        try (var socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
            var answer = new StringBuilder();
            while (!complete(answer)) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    break;
                }
                answer.append((char) next);
            }
            return answer.toString();
        }
    }

    private static boolean complete(CharSequence answer) {
        var head = HEAD.matcher(answer);
        return head.find() && answer.length() >= head.end() + Integer.parseInt(head.group(1));
    }

    private static void refused(Client.Answer answer, int status, String code, @Nullable String field) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(status);
        assertThat(answer.string("code")).as(answer.text()).isEqualTo(code);
        assertThat(answer.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(answer.string("type")).isEqualTo("urn:offpeak:problem:" + code);
        assertThat(answer.json().path("status").asInt()).isEqualTo(status);
        assertThat(answer.header("X-Request-Id")).hasValue(answer.string("request_id"));
        List<String> fields = answer.json()
                .path("errors")
                .valueStream()
                .map(error -> error.path("field").asString())
                .toList();
        if (field == null) {
            assertThat(answer.string("detail")).isNotEmpty();
        } else {
            assertThat(fields).as(answer.text()).contains(field);
        }
    }

    private long count(String table) {
        return jdbc.sql("SELECT count(*) FROM " + table).query(Long.class).single();
    }
}
