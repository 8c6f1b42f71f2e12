package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

@RunningApi
class JobsIT {

    private static final String HELLO = "{\"workflow\":\"summarise\",\"prompt\":\"Say hello.\"}";

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private MeterRegistry metrics;

    private Client client = new Client(0, "");

    @BeforeEach
    void connect() {
        client = new Client(port, RunningApi.KEY);
    }

    @Test
    void acceptsAJobAndRemembersAllOfIt() {
        var accepted = client.post("/v1/jobs", """
                {"type":"generation","workflow":"summarise",
                 "messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello?"}],
                 "context":[{"id":"c1","text":"A greeting."}],
                 "user":"u_1","feature":"one-click","plan":"premium","deadline":"PT10M","quality":"full",
                 "cache":"refresh","max_cost_usd":"0.05","max_output_tokens":30,"temperature":0.5,
                 "response_format":{"type":"json_schema","json_schema":{"name":"greeting","schema":
                    {"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}}},
                 "webhook":{"url":"http://127.0.0.1:9/hook","secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
                 "tags":["spring"],"metadata":{"sku":"A1"}}""");

        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        assertThat(accepted.header("Location")).hasValue("/v1/jobs/" + accepted.string("id"));
        assertThat(accepted.header("Retry-After")).hasValue("1");
        assertThat(accepted.string("status")).isEqualTo("queued");
        assertThat(accepted.string("tier")).isEqualTo("full");
        assertThat(accepted.string("user")).isEqualTo("u_1");
        assertThat(accepted.json().path("metadata").path("sku").asString()).isEqualTo("A1");
        assertThat(accepted.text()).doesNotContain("whsec_").doesNotContain("Be brief.");

        var read = client.get("/v1/jobs/" + accepted.string("id"));
        assertThat(read.json()).isEqualTo(accepted.json());
        var same = client.get(
                "/v1/jobs/" + accepted.string("id"),
                "If-None-Match",
                read.header("ETag").orElseThrow());
        assertThat(same.status()).isEqualTo(304);
        assertThat(same.text()).isEmpty();
        assertThat(count("SELECT count(*) FROM jobrunr.jobrunr_jobs")).isPositive();
    }

    @Test
    void makesMessagesOfATemplate() {
        client.put("/v1/templates/pd-v1", """
                {"text":"Describe {{product}} in {{words}} words.","system":"You sell.",
                 "params":{"product":{"type":"string","max_length":80},"words":{"type":"integer","min":1,"max":200}}}""");

        var job = client.post("/v1/jobs", """
                {"workflow":"generate","template":{"name":"pd-v1","params":{"product":"a chair","words":20}}}""");
        var misfit = client.post("/v1/jobs", """
                {"workflow":"generate","template":{"name":"pd-v1","params":{"words":"20","colour":"red"}}}""");

        assertThat(job.status()).as(job.text()).isEqualTo(202);
        var stored = jdbc.sql("SELECT request::text FROM job_input ORDER BY job_id DESC LIMIT 1")
                .query(String.class)
                .single();
        assertThat(stored).contains("Describe a chair in 20 words.").contains("You sell.");
        assertThat(misfit.status()).isEqualTo(422);
        assertThat(misfit.string("code")).isEqualTo("invalid_template_params");
        assertThat(misfit.text())
                .contains("template.params.product", "template.params.words", "template.params.colour");
    }

    @Test
    void cancelsOnceAndAgainButNothingElseThatEnded() {
        var id = client.post("/v1/jobs", HELLO).string("id");

        double before = cancellations();
        var first = client.post("/v1/jobs/" + id + "/cancel", "");
        assertThat(cancellations()).isEqualTo(before + 1);
        var again = client.post("/v1/jobs/" + id + "/cancel", "");

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.string("status")).isEqualTo("cancelled");
        assertThat(cancellations())
                .as("counted where it ended the job, not again")
                .isEqualTo(before + 1);

        var failed = client.post("/v1/jobs", HELLO).string("id");
        jdbc.sql("""
                UPDATE job SET status = 'failed', error_code = 'provider_rejected', error_message = 'no', finished_at = now()
                 WHERE id = (SELECT id FROM job ORDER BY id DESC LIMIT 1)
                """).update();
        var refused = client.post("/v1/jobs/" + failed + "/cancel", "");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.string("code")).isEqualTo("job_already_finished");
    }

    @Test
    void mayWaitWhereItsDeadlineOrItsWorkflowSaysSoAndNobodyWaits() {
        client.put("/v1/workflows/now", """
                {"tier":"fast","lane":"direct","provider":"openai","fast_model":"gpt-4o-mini"}""");

        assertThat(mayWait(HELLO)).isFalse();
        assertThat(mayWait("{\"workflow\":\"summarise\",\"prompt\":\"Hi\",\"deadline\":\"PT5H\"}"))
                .isTrue();
        assertThat(mayWait("{\"workflow\":\"report\",\"prompt\":\"Hi\"}")).isTrue();
        assertThat(mayWait("{\"workflow\":\"now\",\"prompt\":\"Hi\",\"deadline\":\"PT5H\"}"))
                .isFalse();
        assertThat(mayWait("{\"workflow\":\"report\",\"prompt\":\"Hi\"}", "Prefer", "wait=1"))
                .isFalse();
    }

    private boolean mayWait(String body, String... headers) {
        var job = client.post("/v1/jobs", body, headers);
        assertThat(job.status()).as(job.text()).isEqualTo(202);
        return jdbc.sql("SELECT may_wait FROM job ORDER BY id DESC LIMIT 1")
                .query(Boolean.class)
                .single();
    }

    @Test
    void warnsOfADeadlineThatACallMightMissInItsAnswerOnly() {
        var accepted = client.post("/v1/jobs", "{\"workflow\":\"summarise\",\"prompt\":\"Hi\",\"deadline\":\"PT20S\"}");

        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        assertThat(accepted.json().path("warnings").get(0).path("code").asString())
                .isEqualTo("deadline_at_risk");
        var read = client.get("/v1/jobs/" + accepted.string("id"));
        assertThat(read.json().has("warnings")).isFalse();
        assertThat(read.json().path("cost").path("lane_reasons").isEmpty()).isTrue();
    }

    @Test
    void holdsTheAnswerUntilTheJobHasEnded() throws Exception {
        try (var other = Executors.newVirtualThreadPerTaskExecutor()) {
            var held = other.submit(() ->
                    client.post("/v1/jobs", HELLO.replace("hello", "farewell"), "Prefer", "respond-async, wait=30"));
            String id = awaitJobOf(held::isDone);
            var reading = other.submit(() -> client.get("/v1/jobs/" + id + "?wait=30"));
            client.post("/v1/jobs/" + id + "/cancel", "");

            var answer = held.get(1, TimeUnit.MINUTES);
            assertThat(answer.status()).as(answer.text()).isEqualTo(200);
            assertThat(answer.string("status")).isEqualTo("cancelled");
            assertThat(answer.header("Preference-Applied")).hasValue("wait=30");
            assertThat(reading.get(1, TimeUnit.MINUTES).string("status")).isEqualTo("cancelled");
        }
    }

    private String awaitJobOf(Callable<Boolean> over) {
        Awaitility.await()
                .until(() -> over.call()
                        || count("SELECT count(*) FROM job_input WHERE request::text LIKE '%farewell%'") > 0);
        return client.get("/v1/jobs?limit=1")
                .json()
                .path("data")
                .get(0)
                .path("id")
                .asString();
    }

    @Test
    void answersTheHeldRequestWhenItsTimeIsOver() {
        var answer = client.post("/v1/jobs", HELLO, "Prefer", "wait=1");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.header("Preference-Applied")).hasValue("wait=1");
        assertThat(answer.header("Retry-After")).hasValue("1");
    }

    @Test
    void listsNewestFirstAndFilters() {
        for (int i = 0; i < 3; i++) {
            client.post("/v1/jobs", "{\"workflow\":\"tag\",\"prompt\":\"x\",\"user\":\"lister\"}");
        }
        client.post("/v1/jobs", "{\"workflow\":\"classify\",\"prompt\":\"x\",\"user\":\"lister\"}");

        var mine = client.get("/v1/jobs?user=lister").json().path("data");
        assertThat(mine).hasSize(4);
        assertThat(mine.get(0).path("workflow").asString()).isEqualTo("classify");
        var page = client.get("/v1/jobs?user=lister&workflow=tag&status=queued&limit=2")
                .json();
        assertThat(page.path("data")).hasSize(2);
        var rest = client.get("/v1/jobs?user=lister&workflow=tag&limit=2&after="
                        + page.path("next").asString())
                .json();
        assertThat(rest.path("data")).hasSize(1);
        assertThat(rest.path("next").isNull()).isTrue();
    }

    @Test
    void makesOneJobOfTwentyEqualKeyedRequests() throws Exception {
        long before = count("SELECT count(*) FROM job");
        var start = new CountDownLatch(1);
        var ids = new HashSet<String>();
        int replayed = 0;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var answers = new ArrayList<Future<Client.Answer>>();
            for (int i = 0; i < 20; i++) {
                answers.add(threads.submit(() -> {
                    start.await();
                    return client.post("/v1/jobs", HELLO, "Idempotency-Key", "twenty-at-once");
                }));
            }
            start.countDown();
            for (var answer : answers) {
                var done = answer.get(3, TimeUnit.MINUTES);
                assertThat(done.status()).as(done.text()).isEqualTo(202);
                ids.add(done.string("id"));
                replayed += done.header("Idempotency-Replayed").isPresent() ? 1 : 0;
            }
        }

        assertThat(ids).hasSize(1);
        assertThat(replayed).isEqualTo(19);
        assertThat(count("SELECT count(*) FROM job")).isEqualTo(before + 1);
    }

    @Test
    void keepsNothingOfARefusedKeyedRequest() {
        var refused =
                client.post("/v1/jobs", "{\"workflow\":\"nope\",\"prompt\":\"x\"}", "Idempotency-Key", "refused-1");
        var corrected = client.post("/v1/jobs", HELLO, "Idempotency-Key", "refused-1");

        assertThat(refused.string("code")).isEqualTo("unknown_workflow");
        assertThat(corrected.status()).isEqualTo(202);
    }

    @Test
    void hidesJobsFromOtherTenants() {
        var id = client.post("/v1/jobs", HELLO).string("id");
        var tenant = client.post("/v1/tenants", "{\"name\":\"other\"}").string("id");
        var key = client.post("/v1/api-keys", "{\"tenant\":\"" + tenant + "\",\"scopes\":[\"jobs\",\"read\"]}")
                .string("key");
        var other = client.with(key);

        assertThat(other.get("/v1/jobs/" + id).status()).isEqualTo(404);
        assertThat(other.post("/v1/jobs/" + id + "/cancel", "").status()).isEqualTo(404);
        assertThat(other.get("/v1/jobs").json().path("data")).isEmpty();
        assertThat(other.get("/v1/ledger?job=" + id).json().path("data")).isEmpty();
        assertThat(other.post("/v1/jobs", HELLO).status()).isEqualTo(202);
    }

    @Test
    void doesNothingForAClientThatCannotReadTheAnswer() {
        var id = client.post("/v1/jobs", HELLO).string("id");
        long before = count("SELECT count(*) FROM job");

        for (var answer : List.of(
                client.post("/v1/jobs", HELLO, "Accept", "application/xml"),
                client.post("/v1/jobs", HELLO, "Accept", "application/json;q=0, text/html"),
                client.post("/v1/jobs", HELLO, "Accept", "nonsense"),
                client.post("/v1/jobs/" + id + "/cancel", "", "Accept", "text/plain"),
                client.get("/v1/jobs", "Accept", "application/xml"),
                client.get("/v1/workflows", "Accept", "text/csv"))) {
            assertThat(answer.status()).as(answer.text()).isEqualTo(406);
            assertThat(answer.string("code")).isEqualTo("not_acceptable");
        }

        assertThat(count("SELECT count(*) FROM job")).isEqualTo(before);
        assertThat(client.get("/v1/jobs/" + id).string("status")).isEqualTo("queued");
        for (String accept : List.of(
                "*/*", "application/*", "application/json", "application/problem+json", "text/html, */*;q=0.1")) {
            var answer = client.get("/v1/jobs/" + id, "Accept", accept);
            assertThat(answer.status()).as(accept).isEqualTo(200);
            assertThat(answer.header("Content-Type")).hasValue("application/json");
            assertThat(client.post("/v1/jobs", HELLO, "Accept", accept).status())
                    .as(accept)
                    .isEqualTo(202);
        }
    }

    private double cancellations() {
        return Metric.JOBS_FINISHED
                .counter(metrics, "cancelled", "none", "none")
                .count();
    }

    private long count(String sql) {
        return jdbc.sql(sql).query(Long.class).single();
    }
}
