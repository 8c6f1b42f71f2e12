package dev.offpeak.shared.idempotency;

import dev.offpeak.shared.core.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Rows of one answer each. All but [#tidy] run inside the transaction that does the work.
public interface IdempotencyStore {

    /// The answer of an earlier request.
    ///
    /// @param fingerprint of the request it answered
    /// @param body the answer, secrets redacted
    /// @param sealedBody the answer with its secrets, while it may still be shown
    @SuppressWarnings("ArrayRecordComponent") // because the bytes are only handed through
    record Stored(
            byte[] fingerprint, int status, @Nullable String location, String body, byte @Nullable [] sealedBody) {}

    /// Takes the key for this request; a concurrent twin waits here for the first to end.
    ///
    /// @param waitAtMost how long to wait for a twin
    /// @return whether the key was free: new, or its time was over
    /// @throws org.springframework.dao.PessimisticLockingFailureException where the twin took longer than that
    boolean claim(TenantId tenant, String key, byte[] fingerprint, Duration keepFor, Duration waitAtMost);

    /// Notes the answer to the request that claimed the key.
    ///
    /// @param secretUntil when `sealedBody` must be forgotten
    void complete(
            TenantId tenant,
            String key,
            int status,
            @Nullable String location,
            String body,
            byte @Nullable [] sealedBody,
            @Nullable Instant secretUntil);

    Optional<Stored> find(TenantId tenant, String key);

    /// Forgets what is past its time, a bounded part of it: call again while it answers more than 0.
    ///
    /// @return how many rows were removed or redacted
    int tidy();
}
