package dev.offpeak.api.idempotency;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.idempotency.IdempotencyStore;
import dev.offpeak.shared.idempotency.IdempotencyStore.Stored;
import dev.offpeak.shared.secrets.SecretBox;
import dev.offpeak.shared.secrets.UnreadableSecret;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Does the work of a POST in one transaction, and where the request carries a key, does it once.
public final class Idempotency {

    /// How long a key is remembered; at least 72 hours are promised.
    static final Duration KEPT = Duration.ofDays(7);

    /// How long a secret in a reply can be read again.
    static final Duration SECRETS_KEPT = Duration.ofHours(24);

    private static final String REPLAYED = "Idempotency-Replayed";
    private static final Duration WAIT_FOR_TWIN = Duration.ofSeconds(10);

    private final IdempotencyStore store;
    private final SecretBox secrets;
    private final TransactionTemplate transaction;
    private final JsonMapper json;
    private final JsonMapper canonical;
    private final Clock clock;

    Idempotency(
            IdempotencyStore store, SecretBox secrets, TransactionTemplate transaction, JsonMapper json, Clock clock) {
        this.store = store;
        this.secrets = secrets;
        this.transaction = transaction;
        this.json = json;
        this.canonical = json.rebuild()
                .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
                .build();
        this.clock = clock;
    }

    /// @param body the request as it was understood; an equal one counts as the same request
    /// @param work what to do, in a transaction that also keeps its answer; nothing is kept where it throws
    /// @throws Problem where the key was used for another request, or its twin takes too long
    public ResponseEntity<String> once(
            ApiCaller caller, HttpServletRequest request, Object body, Supplier<Reply> work) {
        var key = IdempotencyKey.of(request);
        if (key.isEmpty()) {
            var reply = Objects.requireNonNull(transaction.execute(_ -> work.get()));
            return answer(reply.status(), reply.location(), json.writeValueAsString(reply.body()), false);
        }
        byte[] fingerprint = fingerprint(request, body);
        try {
            return Objects.requireNonNull(
                    transaction.execute(_ -> once(caller.tenant(), key.get(), fingerprint, work)));
        } catch (PessimisticLockingFailureException _) {
            throw Problem.of(ErrorCode.CONFLICT, "A request with this Idempotency-Key is still under way.")
                    .retryAfter(Duration.ofSeconds(1));
        }
    }

    /// The answer to an earlier such request, for whom the work is dear to prepare; who finds none goes on to [#once].
    ///
    /// @throws Problem where the key was used for another request
    public Optional<ResponseEntity<String>> earlier(ApiCaller caller, HttpServletRequest request, Object body) {
        return IdempotencyKey.of(request)
                .flatMap(key -> store.find(caller.tenant(), key.text())
                        .map(stored -> replay(caller.tenant(), key, fingerprint(request, body), stored)));
    }

    private ResponseEntity<String> once(TenantId tenant, IdempotencyKey key, byte[] fingerprint, Supplier<Reply> work) {
        if (store.claim(tenant, key.text(), fingerprint, KEPT, WAIT_FOR_TWIN)) {
            return doAndKeep(tenant, key, work.get());
        }
        var stored = store.find(tenant, key.text())
                .orElseThrow(() -> new IllegalStateException("an idempotency record without an answer"));
        return replay(tenant, key, fingerprint, stored);
    }

    private ResponseEntity<String> doAndKeep(TenantId tenant, IdempotencyKey key, Reply reply) {
        String text = json.writeValueAsString(reply.body());
        boolean secret = !reply.secretFields().isEmpty();
        store.complete(
                tenant,
                key.text(),
                reply.status(),
                reply.location(),
                secret ? redacted(reply) : text,
                secret ? secrets.seal(text, context(tenant, key)) : null,
                secret ? clock.instant().plus(SECRETS_KEPT) : null);
        return answer(reply.status(), reply.location(), text, false);
    }

    private ResponseEntity<String> replay(TenantId tenant, IdempotencyKey key, byte[] fingerprint, Stored stored) {
        if (!MessageDigest.isEqual(fingerprint, stored.fingerprint())) {
            throw Problem.of(
                    ErrorCode.IDEMPOTENCY_KEY_REUSED,
                    "This Idempotency-Key belongs to another request; use a new one.");
        }
        byte @Nullable [] sealed = stored.sealedBody();
        String body = sealed == null ? stored.body() : opened(sealed, context(tenant, key), stored.body());
        return answer(stored.status(), stored.location(), body, true);
    }

    /// A reply sealed under a main key that has been replaced since is as good as one whose time is over.
    private String opened(byte[] sealed, String context, String redacted) {
        try {
            return secrets.open(sealed, context);
        } catch (UnreadableSecret _) {
            return redacted;
        }
    }

    private String redacted(Reply reply) {
        JsonNode tree = json.valueToTree(reply.body());
        if (tree instanceof ObjectNode object) {
            reply.secretFields().forEach(object::putNull);
        }
        return json.writeValueAsString(tree);
    }

    private static String context(TenantId tenant, IdempotencyKey key) {
        return "idempotency:" + tenant + ":" + key.text();
    }

    private byte[] fingerprint(HttpServletRequest request, Object body) {
        try {
            var sha256 = MessageDigest.getInstance("SHA-256");
            String query = request.getQueryString() == null ? "" : request.getQueryString();
            String head = request.getMethod() + "\n" + request.getRequestURI() + "\n" + query + "\n";
            sha256.update(head.getBytes(StandardCharsets.UTF_8));
            return sha256.digest(canonical.writeValueAsBytes(body));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static ResponseEntity<String> answer(int status, @Nullable String location, String body, boolean replayed) {
        var answer = ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON);
        if (location != null) {
            answer.header(HttpHeaders.LOCATION, location);
        }
        if (replayed) {
            answer.header(REPLAYED, "true");
        }
        return answer.body(body);
    }
}
