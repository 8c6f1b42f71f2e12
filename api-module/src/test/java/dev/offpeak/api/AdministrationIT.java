package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.idempotency.IdempotencyStore;
import java.util.ArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;

@RunningApi
class AdministrationIT {

    @LocalServerPort
    private int port;

    @Autowired
    private JdbcClient jdbc;

    @Autowired
    private IdempotencyStore records;

    private Client operator = new Client(0, "");

    @BeforeEach
    void connect() {
        operator = new Client(port, RunningApi.KEY);
    }

    @Test
    void createsATenantAndAKeyForIt() {
        var tenant = operator.post("/v1/tenants", "{\"name\":\"acme\"}");
        var key = operator.post(
                "/v1/api-keys", "{\"tenant\":\"" + tenant.string("id") + "\",\"scopes\":[\"jobs\",\"admin\"]}");

        assertThat(tenant.status()).isEqualTo(201);
        assertThat(tenant.header("Location")).hasValue("/v1/tenants/" + tenant.string("id"));
        assertThat(operator.get("/v1/tenants/" + tenant.string("id")).json()).isEqualTo(tenant.json());
        assertThat(key.status()).isEqualTo(201);
        assertThat(key.string("key")).startsWith("offpeak_");
        var acme = operator.with(key.string("key"));
        assertThat(acme.get("/v1/api-keys").json().path("data")).hasSize(1);
        assertThat(acme.get("/v1/api-keys").text()).doesNotContain(key.string("key"));
        assertThat(acme.get("/v1/tenants").status()).isEqualTo(403);
    }

    @Test
    void asksForTheSameScopeWhetherTheBodyIsWantedOrNot() {
        var writer = operator.with(
                operator.post("/v1/api-keys", "{\"scopes\":[\"jobs\"]}").string("key"));

        assertThat(writer.get("/v1/ledger").status()).isEqualTo(403);
        assertThat(writer.head("/v1/ledger").status()).isEqualTo(403);
        assertThat(writer.head("/v1/workflows").status()).isEqualTo(200);
    }

    @Test
    void refusesControlCharactersInAFilter() {
        assertThat(operator.get("/v1/jobs?user=%00").status()).isEqualTo(400);
        assertThat(operator.get("/v1/jobs?workflow=a%0Ab").status()).isEqualTo(400);
    }

    @Test
    void stopsTakingARevokedKey() {
        var key = operator.post("/v1/api-keys", "{\"scopes\":[\"admin\"]}");
        var holder = operator.with(key.string("key"));
        assertThat(holder.get("/v1/api-keys").status()).isEqualTo(200);

        assertThat(operator.delete("/v1/api-keys/" + key.string("id")).status()).isEqualTo(204);

        Awaitility.await().until(() -> holder.get("/v1/api-keys").status() == 401);
        assertThat(operator.get("/v1/api-keys/" + key.string("id")).string("revoked_at"))
                .isNotEmpty();
    }

    @Test
    void hidesWhatBelongsToAnotherTenant() {
        var tenant = operator.post("/v1/tenants", "{\"name\":\"stranger\"}").string("id");
        var strangersKey =
                operator.post("/v1/api-keys", "{\"tenant\":\"" + tenant + "\",\"scopes\":[\"admin\",\"read\"]}");
        var stranger = operator.with(strangersKey.string("key"));
        var ours = operator.post("/v1/api-keys", "{\"scopes\":[\"read\"]}").string("id");

        assertThat(stranger.get("/v1/api-keys/" + ours).status()).isEqualTo(404);
        assertThat(stranger.delete("/v1/api-keys/" + ours).status()).isEqualTo(404);
        assertThat(stranger.post(
                                "/v1/api-keys", "{\"tenant\":\"ten_00000000000000000000000001\",\"scopes\":[\"read\"]}")
                        .status())
                .isEqualTo(404);
        assertThat(stranger.post("/v1/api-keys", "{\"scopes\":[\"operator\"]}").string("code"))
                .isEqualTo("forbidden");
    }

    @Test
    void readsAListPageByPage() {
        for (int i = 0; i < 3; i++) {
            operator.post("/v1/api-keys", "{\"scopes\":[\"read\"]}");
        }

        var ids = new ArrayList<String>();
        String cursor = "";
        do {
            var page = operator.get("/v1/api-keys?limit=2" + cursor).json();
            page.path("data").forEach(key -> ids.add(key.path("id").asString()));
            cursor = page.path("next").isNull()
                    ? ""
                    : "&after=" + page.path("next").asString();
        } while (!cursor.isEmpty());

        assertThat(ids).hasSizeGreaterThanOrEqualTo(4).doesNotHaveDuplicates();
    }

    @Test
    void repeatsTheAnswerToARepeatedKeyedRequest() {
        String body = "{\"scopes\":[\"read\"]}";
        var first = operator.post("/v1/api-keys", body, "Idempotency-Key", "\"make-a-key-1\"");
        var second = operator.post("/v1/api-keys", body, "Idempotency-Key", "make-a-key-1");
        var other = operator.post("/v1/api-keys", "{\"scopes\":[\"jobs\"]}", "Idempotency-Key", "make-a-key-1");

        assertThat(second.text()).isEqualTo(first.text());
        assertThat(second.status()).isEqualTo(201);
        assertThat(second.header("Location")).isEqualTo(first.header("Location"));
        assertThat(first.header("Idempotency-Replayed")).isEmpty();
        assertThat(second.header("Idempotency-Replayed")).hasValue("true");
        assertThat(other.status()).isEqualTo(422);
        assertThat(other.string("code")).isEqualTo("idempotency_key_reused");
    }

    @Test
    void redactsTheSecretOfAReplyAfterADay() {
        String body = "{\"scopes\":[\"read\"]}";
        var first = operator.post("/v1/api-keys", body, "Idempotency-Key", "a-secret-for-a-day");
        assertThat(jdbc.sql("SELECT count(*) FROM idempotency_record WHERE body LIKE :key")
                        .param("key", "%" + first.string("key") + "%")
                        .query(Long.class)
                        .single())
                .isZero();
        jdbc.sql("UPDATE idempotency_record SET secret_until = now() WHERE key = 'a-secret-for-a-day'")
                .update();

        var later = operator.post("/v1/api-keys", body, "Idempotency-Key", "a-secret-for-a-day");

        assertThat(later.status()).isEqualTo(201);
        assertThat(later.string("id")).isEqualTo(first.string("id"));
        assertThat(later.json().path("key").isNull()).isTrue();
        assertThat(records.tidy()).isPositive();
        assertThat(jdbc.sql("SELECT sealed_body IS NULL FROM idempotency_record WHERE key = 'a-secret-for-a-day'")
                        .query(Boolean.class)
                        .single())
                .isTrue();
    }

    @Test
    void forgetsAnIdempotencyKeyWhenItsTimeIsOver() {
        var first = operator.post("/v1/tenants", "{\"name\":\"first\"}", "Idempotency-Key", "used-long-ago");
        jdbc.sql("UPDATE idempotency_record SET expires_at = now() WHERE key = 'used-long-ago'")
                .update();

        var second = operator.post("/v1/tenants", "{\"name\":\"second\"}", "Idempotency-Key", "used-long-ago");

        assertThat(second.status()).isEqualTo(201);
        assertThat(second.string("id")).isNotEqualTo(first.string("id"));
    }

    @Test
    void changesATenant() {
        var tenant = operator.post("/v1/tenants", "{\"name\":\"old\"}").string("id");

        var changed = operator.patch(
                "/v1/tenants/" + tenant, "{\"name\":\"new\",\"suspended\":true,\"prompt_retention\":\"P7D\"}");

        assertThat(changed.status()).isEqualTo(200);
        assertThat(changed.string("name")).isEqualTo("new");
        assertThat(changed.string("prompt_retention")).isEqualTo("P7D");
        assertThat(changed.string("job_retention")).isEqualTo("P90D");
    }

    @Test
    void asksForAKey() {
        var nobody = new Client(port, "").get("/v1/api-keys");
        var wrong = new Client(port, "offpeak_00000000000000000000000000000000000000").get("/v1/api-keys");

        assertThat(nobody.status()).isEqualTo(401);
        assertThat(nobody.string("code")).isEqualTo("unauthenticated");
        assertThat(nobody.header("WWW-Authenticate")).hasValue("Bearer realm=\"offpeak\"");
        assertThat(nobody.header("Content-Type").orElseThrow()).startsWith("application/problem+json");
        assertThat(nobody.header("X-Request-Id")).hasValue(nobody.string("request_id"));
        assertThat(wrong.status()).isEqualTo(401);
    }
}
