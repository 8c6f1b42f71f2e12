package dev.offpeak.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.standardwebhooks.Webhook;
import com.sun.net.httpserver.HttpServer;
import dev.offpeak.shared.testing.TestServers;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole product in one process, seen from outside: over HTTP, against the simulator.
class EndToEndIT {

    private static final String KEY = "an-end-to-end-key-of-the-tests";
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    /// A webhook as it arrived.
    private record Delivery(HttpHeaders headers, String body) {}

    private static final Queue<Delivery> DELIVERIES = new ConcurrentLinkedQueue<>();

    @TempDir
    private static Path folder;

    private static Contexts contexts;
    private static StandaloneSettings settings;
    private static HttpServer receiver;

    @BeforeAll
    static void start() throws IOException {
        var database = TestServers.freshDatabase();
        var redis = TestServers.freshRedis();
        var ports = freePorts(4);
        settings = new StandaloneSettings(
                folder,
                ports.get(0),
                ports.get(1),
                ports.get(2),
                ports.get(3),
                KEY,
                "a secret key of the tests",
                null,
                null,
                null);
        contexts = Contexts.start(
                settings,
                new Servers(
                        new PostgresAccess(database.jdbcUrl(), database.username(), database.password()),
                        redis.url(),
                        null,
                        null),
                new Keys(KEY, "a secret key of the tests"));
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/hook", exchange -> {
            DELIVERIES.add(new Delivery(
                    HttpHeaders.of(exchange.getRequestHeaders(), (_, _) -> true),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterAll
    static void stop() {
        receiver.stop(0);
        contexts.close();
    }

    @BeforeEach
    void calm() {
        simulator("POST", "/_sim/reset", "");
        simulator("PUT", "/_sim/behaviour", "{}");
    }

    /// Below those that systems give to connections, so that none of the many that are opened meanwhile takes one.
    private static List<Integer> freePorts(int count) {
        var free = new LinkedHashSet<Integer>();
        while (free.size() < count) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                free.add(port);
            } catch (IOException taken) {
                // another one
            }
        }
        return List.copyOf(free);
    }

    private static HttpResponse<String> send(int port, String method, String path, String body, String... headers) {
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .timeout(Duration.ofSeconds(90))
                    .header("Authorization", port == settings.managementPort() ? "none" : "Bearer " + KEY)
                    .header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static HttpResponse<String> api(String method, String path, String body, String... headers) {
        return send(settings.port(), method, path, body, headers);
    }

    private static JsonNode simulator(String method, String path, String body) {
        var answer = send(settings.simulatorPort(), method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
        return answer.body().isBlank() ? JSON.createObjectNode() : JSON.readTree(answer.body());
    }

    private static JsonNode submit(String body, String... headers) {
        var answer = api("POST", "/v1/jobs", body, headers);
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 202);
        return JSON.readTree(answer.body());
    }

    private static JsonNode ended(String id) {
        return await().until(
                        () -> JSON.readTree(
                                api("GET", "/v1/jobs/" + id + "?wait=20", "").body()),
                        job -> !job.path("finished_at").isNull());
    }

    @Test
    void answersAJobByPollingAndByASignedWebhook() throws Exception {
        JsonNode accepted = submit("""
                {"workflow":"classify","prompt":"Is a tomato a fruit?","metadata":{"sku":"A1"},
                 "webhook":{"url":"http://127.0.0.1:%d/hook","secret":"%s"}}
                """.formatted(receiver.getAddress().getPort(), SECRET));
        assertThat(accepted.path("status").asString()).isEqualTo("queued");

        JsonNode job = ended(accepted.path("id").asString());
        assertThat(job.path("status").asString()).isEqualTo("succeeded");
        assertThat(job.path("provider").asString()).isEqualTo("simulator");
        assertThat(job.path("result").path("text").asString()).isNotBlank();
        assertThat(new BigDecimal(job.path("cost").path("billed_usd").asString()))
                .isPositive();
        assertThat(job.path("cost").path("final").asBoolean()).isTrue();

        Delivery delivery = await().until(
                        () -> DELIVERIES.stream()
                                .filter(one ->
                                        one.body().contains(job.path("id").asString()))
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
        new Webhook(SECRET).verify(delivery.body(), delivery.headers());
        JsonNode event = JSON.readTree(delivery.body());
        assertThat(event.path("type").asString()).isEqualTo("job.succeeded");
        assertThat(event.path("data").path("result")).isEqualTo(job.path("result"));
        assertThat(delivery.body()).doesNotContain("tomato a fruit?");
    }

    @Test
    void holdsTheReplyUntilTheJobIsFinished() {
        var answer =
                api("POST", "/v1/jobs", "{\"workflow\":\"classify\",\"prompt\":\"Wait for me\"}", "Prefer", "wait=30");

        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).path("status").asString()).isEqualTo("succeeded");
    }

    @Test
    void keepsALedgerThatEqualsWhatTheProviderCounted() {
        simulator(
                "PUT", "/_sim/behaviour", "{\"seed\":7,\"error_rate\":0.2,\"latency_ms\":5,\"latency_jitter_ms\":10}");
        workflow("mixed-a", "openai", "gpt-4o-mini", "anthropic", "claude-haiku-4-5");
        workflow("mixed-b", "anthropic", "claude-haiku-4-5", "openai", "gpt-4.1-mini");

        List<String> ids = IntStream.range(0, 120)
                .mapToObj(i -> submit("{\"workflow\":\"mixed-%s\",\"prompt\":\"Question %d\"}"
                                .formatted(i % 2 == 0 ? "a" : "b", i))
                        .path("id")
                        .asString())
                .toList();
        List<JsonNode> jobs = ids.stream().map(EndToEndIT::ended).toList();

        assertThat(jobs)
                .extracting(job -> job.path("status").asString()
                        + job.path("error").path("code").asString(""))
                .containsOnly("succeeded");
        JsonNode stats = simulator("GET", "/_sim/stats", "");
        assertThat(stats.path("executions").path("total").asInt()).isEqualTo(120);
        assertThat(stats.path("executions").path("repeated").asInt()).isZero();

        var input = new HashMap<String, Long>();
        var output = new HashMap<String, Long>();
        BigDecimal billed = BigDecimal.ZERO;
        for (JsonNode entry : ledgerOf(ids)) {
            assertThat(entry.path("status").asString()).isEqualTo("confirmed");
            String model = entry.path("model").asString();
            input.merge(model, entry.path("usage").path("input_tokens").asLong(), Long::sum);
            output.merge(model, entry.path("usage").path("output_tokens").asLong(), Long::sum);
            billed = billed.add(new BigDecimal(entry.path("billed_usd").asString()));
        }
        for (Map.Entry<String, JsonNode> model : stats.path("tokens").properties()) {
            assertThat(input.getOrDefault(model.getKey(), 0L))
                    .isEqualTo(model.getValue().path("input").asLong());
            assertThat(output.getOrDefault(model.getKey(), 0L))
                    .isEqualTo(model.getValue().path("output").asLong());
        }
        assertThat(billed).isEqualByComparingTo(stats.path("billed_usd").asString());
    }

    private static void workflow(String name, String provider, String model, String otherProvider, String otherModel) {
        var answer = api(
                "PUT", "/v1/workflows/" + name, """
                {"name":"%s","tier":"fast","lane":"direct","provider":"%s","fast_model":"%s","full_model":"%s",
                 "fallbacks":[{"provider":"%s","model":"%s"}],"max_output_tokens":400,"deadline":"PT15M"}
                """.formatted(name, provider, model, model, otherProvider, otherModel));
        assertThat(answer.statusCode()).as(answer.body()).isIn(200, 201);
    }

    private static List<JsonNode> ledgerOf(List<String> jobs) {
        var entries = new ArrayList<JsonNode>();
        for (String job : jobs) {
            var answer = api("GET", "/v1/ledger?job=" + job, "");
            JSON.readTree(answer.body()).path("data").forEach(entries::add);
        }
        return entries;
    }

    @Test
    void waitsOutARateLimitWithoutCountingAnAttempt() {
        simulator("PUT", "/_sim/behaviour", "{\"rate_limit_rpm\":120}");

        List<JsonNode> jobs = IntStream.range(0, 8)
                .mapToObj(i -> submit("{\"workflow\":\"classify\",\"prompt\":\"Limited %d\"}".formatted(i)))
                .map(job -> ended(job.path("id").asString()))
                .toList();

        assertThat(jobs)
                .extracting(job -> job.path("status").asString() + " after "
                        + job.path("attempts").asInt())
                .containsOnly("succeeded after 1");
    }

    @Test
    void failsWithACodeOfItsOwnWhereTheAnswerIsOfNoUse() {
        simulator("PUT", "/_sim/answers", """
                {"prompt":"Refuse this","answer":"I cannot help with that.","finish":"refusal"}
                {"prompt":"Say nothing","answer":"","finish":"empty"}
                {"prompt":"Break the schema","answer":"not json at all"}
                """);

        assertThat(failure("{\"workflow\":\"classify\",\"prompt\":\"Refuse this\"}"))
                .isEqualTo("answer_refused");
        assertThat(failure("{\"workflow\":\"classify\",\"prompt\":\"Say nothing\"}"))
                .isEqualTo("answer_empty");
        assertThat(failure("{\"workflow\":\"classify\",\"prompt\":\"Tell me a long story\",\"max_output_tokens\":1}"))
                .isEqualTo("answer_truncated");
        assertThat(failure("""
                {"workflow":"classify","prompt":"Break the schema","response_format":{"type":"json_schema",
                 "json_schema":{"name":"price","schema":{"type":"object","required":["eur"]}}}}
                """)).isEqualTo("answer_schema_violation");
    }

    private static String failure(String body) {
        JsonNode job = ended(submit(body).path("id").asString());
        assertThat(job.path("status").asString()).as(job.toString()).isEqualTo("failed");
        return job.path("error").path("code").asString();
    }

    @Test
    void bookkeepsAMalformedAnswerAsUnconfirmedAndTriesAgain() {
        simulator("PUT", "/_sim/behaviour", "{\"malformed_rate\":1.0}");
        JsonNode accepted = submit("{\"workflow\":\"classify\",\"prompt\":\"Garble this\"}");
        String id = accepted.path("id").asString();
        await().until(() -> !ledgerOf(List.of(id)).isEmpty());

        simulator("PUT", "/_sim/behaviour", "{\"malformed_rate\":0.0}");
        JsonNode job = ended(id);

        assertThat(job.path("status").asString()).isEqualTo("succeeded");
        assertThat(job.path("attempts").asInt()).isGreaterThan(1);
        assertThat(job.path("cost").path("final").asBoolean()).isFalse();
        List<JsonNode> entries = ledgerOf(List.of(id));
        int executions = simulator("GET", "/_sim/stats", "")
                .path("executions")
                .path("total")
                .asInt();
        assertThat(entries).hasSize(executions);
        assertThat(entries.stream()
                        .filter(entry -> entry.path("status").asString().equals("confirmed")))
                .hasSize(1);
    }

    @Test
    void showsHealthAndMetricsOfAllPartsOnOnePort() {
        ended(submit("{\"workflow\":\"classify\",\"prompt\":\"Be counted\"}")
                .path("id")
                .asString());

        var health = send(settings.managementPort(), "GET", "/actuator/health/readiness", "");
        var metrics = send(settings.managementPort(), "GET", "/actuator/prometheus", "");

        assertThat(health.statusCode()).as(health.body()).isEqualTo(200);
        assertThat(metrics.statusCode()).isEqualTo(200);
        assertThat(metrics.body()).contains("offpeak_jobs_pickup_seconds").contains("offpeak_jobs_finished");
    }
}
