package dev.offpeak.shared.idempotency;

import dev.offpeak.shared.core.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.CannotAcquireLockException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcIdempotencyStore implements IdempotencyStore {

    private static final int CHUNK = 5_000;

    /// PostgreSQL's state for a lock that did not come in time, which Spring does not know.
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final JdbcClient jdbc;

    JdbcIdempotencyStore(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public boolean claim(TenantId tenant, String key, byte[] fingerprint, Duration keepFor, Duration waitAtMost) {
        lockTimeout(waitAtMost.toMillis() + "ms");
        boolean claimed = insert(tenant, key, fingerprint, keepFor);
        lockTimeout("0"); // what the work waits for later is not the twin
        return claimed;
    }

    private void lockTimeout(String timeout) {
        jdbc.sql("SELECT set_config('lock_timeout', :timeout, true)")
                .param("timeout", timeout)
                .query(String.class)
                .single();
    }

    private boolean insert(TenantId tenant, String key, byte[] fingerprint, Duration keepFor) {
        try {
            return jdbc.sql("""
                    INSERT INTO idempotency_record AS mine (tenant_id, key, fingerprint, expires_at)
                    VALUES (:tenant, :key, :fingerprint, now() + make_interval(secs => :keepSeconds))
                    ON CONFLICT (tenant_id, key) DO UPDATE
                       SET fingerprint = excluded.fingerprint, status = NULL, location = NULL, body = NULL,
                           sealed_body = NULL, secret_until = NULL, created_at = now(), expires_at = excluded.expires_at
                     WHERE mine.expires_at < now()   -- else the row is somebody's answer: 0 rows
                    """)
                            .param("tenant", tenant.value())
                            .param("key", key)
                            .param("fingerprint", fingerprint)
                            .param("keepSeconds", keepFor.toSeconds())
                            .update()
                    == 1;
        } catch (UncategorizedSQLException e) {
            var cause = e.getSQLException();
            if (cause != null && LOCK_NOT_AVAILABLE.equals(cause.getSQLState())) {
                throw new CannotAcquireLockException("a request with this key is still under way", e);
            }
            throw e;
        }
    }

    @Override
    public void complete(
            TenantId tenant,
            String key,
            int status,
            @Nullable String location,
            String body,
            byte @Nullable [] sealedBody,
            @Nullable Instant secretUntil) {
        int kept = jdbc.sql("""
                UPDATE idempotency_record
                   SET status = :status, location = :location, body = :body,
                       sealed_body = :sealedBody, secret_until = :secretUntil
                 WHERE tenant_id = :tenant AND key = :key
                """)
                .param("status", status)
                .param("location", location)
                .param("body", body)
                .param("sealedBody", sealedBody)
                .param("secretUntil", secretUntil == null ? null : secretUntil.atOffset(ZoneOffset.UTC))
                .param("tenant", tenant.value())
                .param("key", key)
                .update();
        if (kept != 1) {
            throw new IllegalStateException("an idempotency record vanished while its request was under way");
        }
    }

    @Override
    public Optional<Stored> find(TenantId tenant, String key) {
        return jdbc.sql("""
                SELECT fingerprint, status, location, body,
                       CASE WHEN secret_until > now() THEN sealed_body END AS sealed_body
                  FROM idempotency_record
                 WHERE tenant_id = :tenant AND key = :key AND status IS NOT NULL
                """)
                .param("tenant", tenant.value())
                .param("key", key)
                .query((row, _) -> new Stored(
                        row.getBytes("fingerprint"),
                        row.getInt("status"),
                        row.getString("location"),
                        row.getString("body"),
                        row.getBytes("sealed_body")))
                .optional();
    }

    @Override
    public int tidy() {
        int redacted = jdbc.sql("""
                UPDATE idempotency_record SET sealed_body = NULL
                 WHERE ctid = ANY (ARRAY(
                       SELECT ctid FROM idempotency_record
                        WHERE sealed_body IS NOT NULL AND secret_until < now()
                        LIMIT :chunk FOR UPDATE SKIP LOCKED))
                """).param("chunk", CHUNK).update();
        int removed = jdbc.sql("""
                DELETE FROM idempotency_record
                 WHERE ctid = ANY (ARRAY(
                       SELECT ctid FROM idempotency_record
                        WHERE expires_at < now()
                        LIMIT :chunk FOR UPDATE SKIP LOCKED))
                """).param("chunk", CHUNK).update();
        return redacted + removed;
    }
}
