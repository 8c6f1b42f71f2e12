package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.RemoteBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcBatchSteps implements BatchSteps {

    /// When to look again where the room was taken; whoever frees some wakes those who wait for it.
    private static final Duration FULL = Duration.ofSeconds(15);

    /// The lock under which a batch goes to state `creating` where only one may.
    private static final String CREATE = "create";

    private static final UUID NOBODY = new UUID(0, 0);

    /// The next create overwrites when this one began.
    private static final String GIVEN_UP = """
            , suspect = true, doubted_at = coalesce(doubted_at, creating_at), doubted_lines = coalesce(doubted_lines, lines)
            """;

    private static final Duration HOURLY = Duration.ofMinutes(1);

    private static final String UNTROUBLED =
            ", failures = 0, error_code = NULL, error_message = NULL, error_line = NULL";

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JdbcProviderBatches batches;
    private final JdbcBatchQuota quota;
    private final JdbcBatchSplit splitting;

    JdbcBatchSteps(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JdbcProviderBatches batches,
            JdbcBatchQuota quota,
            IdGenerator ids) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.batches = batches;
        this.quota = quota;
        this.splitting = new JdbcBatchSplit(jdbc, ids, LineState.WITHDRAWN);
    }

    @Override
    public Admission admit(ProviderBatchRow claimed, Terms terms) {
        return inTransaction(() -> {
            Optional<ProviderBatchRow> wanted = claimed.cancelRequested() ? stillWanted(claimed) : Optional.of(claimed);
            if (wanted.isEmpty()) {
                return new Admission.Lost();
            }
            ProviderBatchRow batch = wanted.get();
            if (batch.lines() == 0) {
                return abandoned(batch);
            }
            String scope = JdbcBatchQuota.scope(terms.unit(), batch.model());
            quota.lock(batch.account(), scope);
            var standing = quota.standing(batch.account(), scope, terms.unit(), batch.id());
            OptionalLong limit = least(terms.limit(), standing.learned());
            long need = need(batch, terms.unit());
            if (limit.isPresent() && need > limit.getAsLong() && batch.lines() > 1) {
                return new Admission.TooLarge(limit.getAsLong());
            }
            if (standing.paused().isPositive()) {
                return full(batch, standing.paused());
            }
            if (standing.createdLately() >= terms.creationsPerHour()) {
                return full(batch, HOURLY);
            }
            // A single line that is too large by our count is the provider's to judge, once nothing else is there.
            boolean fits =
                    limit.isEmpty() || standing.enqueued() == 0 || standing.enqueued() + need <= limit.getAsLong();
            return fits && standing.first() ? seal(batch) : full(batch, FULL);
        });
    }

    private static OptionalLong least(OptionalLong one, OptionalLong other) {
        if (one.isEmpty() || other.isEmpty()) {
            return one.isEmpty() ? other : one;
        }
        return OptionalLong.of(Math.min(one.getAsLong(), other.getAsLong()));
    }

    private static long need(ProviderBatchRow batch, QuotaUnit unit) {
        return switch (unit) {
            case TOKENS_OF_MODEL -> batch.tokens();
            case REQUESTS -> batch.lines();
        };
    }

    private Admission full(ProviderBatchRow batch, Duration again) {
        Optional<ProviderBatchRow> waiting = batch.state() == BatchState.WAITING_QUOTA
                ? batches.write(batch, "failures = failures", Map.of())
                : batches.move(batch, BatchState.WAITING_QUOTA);
        return waiting.<Admission>map(row -> new Admission.Full(row, again)).orElseGet(Admission.Lost::new);
    }

    private Admission seal(ProviderBatchRow batch) {
        Optional<ProviderBatchRow> uploading = batches.move(
                batch,
                BatchState.UPLOADING,
                ", uploading_at = now(), attempt = attempt + 1, unanswered = NULL",
                Map.of());
        if (uploading.isEmpty()) {
            return new Admission.Lost();
        }
        if (batch.primerOf() != null) {
            return new Admission.Admitted(uploading.get()); // its line is nobody's job
        }
        sealLines(batch);
        ProviderBatchRow sealed = recount(uploading.get());
        return sealed.lines() == 0 ? abandoned(sealed) : new Admission.Admitted(sealed);
    }

    private Admission abandoned(ProviderBatchRow batch) {
        return batches.move(batch, BatchState.ABANDONED)
                .<Admission>map(_ -> new Admission.Empty())
                .orElseGet(Admission.Lost::new);
    }

    /// What was cancelled need not wait for room at the provider to be found empty.
    private Optional<ProviderBatchRow> stillWanted(ProviderBatchRow batch) {
        if (batches.write(batch, "failures = failures", Map.of()).isEmpty()) {
            return Optional.empty();
        }
        jdbc.sql("""
                UPDATE provider_batch_line line SET state = 'withdrawn', settled_at = now()
                  FROM job
                 WHERE line.provider_batch_id = :batch AND line.state = 'assigned'
                   AND job.id = line.job_id AND job.finished_at IS NOT NULL
                """).param("batch", batch.id().value()).update();
        return Optional.of(recount(batch));
    }

    /// Three statements that each go from a line to its job by the job's key: a batch may have tens of
    /// thousands of lines, and a plan that joins two lists of them compares everyone with everyone. Jobs that
    /// have not ended, and so may still change, are locked, that all three see the same; in the order of their
    /// ids, as everybody locks many of them.
    private void sealLines(ProviderBatchRow batch) {
        inBatch(batch, """
                SELECT count(*) FROM (
                    SELECT job.id FROM job
                     WHERE job.id IN (SELECT job_id FROM provider_batch_line
                                       WHERE provider_batch_id = :batch AND state = 'assigned')
                       AND job.finished_at IS NULL
                     ORDER BY job.id
                       FOR NO KEY UPDATE) locked
                """).query(Long.class).single();
        inBatch(batch, """
                UPDATE job SET wait_reason = NULL, row_version = row_version + 1
                  FROM provider_batch_line line
                 WHERE line.provider_batch_id = :batch AND line.state = 'assigned'
                   AND job.id = line.job_id AND job.status = 'batched'
                """).update();
        inBatch(batch, """
                UPDATE provider_batch_line line
                   SET state = CASE WHEN job.status = 'batched' THEN 'sent' ELSE 'withdrawn' END,
                       settled_at = CASE WHEN job.status = 'batched' THEN NULL ELSE now() END
                  FROM job
                 WHERE line.provider_batch_id = :batch AND line.state = 'assigned' AND job.id = line.job_id
                """).update();
    }

    private JdbcClient.StatementSpec inBatch(ProviderBatchRow batch, String sql) {
        return jdbc.sql(sql).param("batch", batch.id().value());
    }

    /// What is left once lines were withdrawn. Exact tokens shrink by what the lines gone were estimated
    /// at, at most to nothing: too little is only a matter of what fits beside it.
    private ProviderBatchRow recount(ProviderBatchRow batch) {
        return batches.write(batch, """
                        (lines, bytes, tokens, estimate_usd) = (
                            SELECT count(*), CASE WHEN lines = 0 THEN 0 ELSE bytes * count(*) / lines END,
                                   CASE WHEN counted THEN CASE WHEN lines = 0 THEN 0 ELSE tokens * count(*) / lines END
                                        ELSE coalesce(sum(line.input_tokens), 0) END,
                                   CASE WHEN count(line.estimate_usd) = count(*) THEN coalesce(sum(line.estimate_usd), 0) END
                              FROM provider_batch_line line
                             WHERE line.provider_batch_id = provider_batch.id AND line.state IN ('assigned', 'sent'))
                        """, Map.of())
                .orElseThrow(() -> new IllegalStateException("the row is locked by this transaction"));
    }

    @Override
    public Optional<ProviderBatchRow> counted(ProviderBatchRow batch, long tokens) {
        return batches.write(batch, "tokens = :tokens, counted = true", Map.of("tokens", tokens));
    }

    @Override
    public Optional<ProviderBatchRow> written(ProviderBatchRow batch, String inputName, String sha256, long bytes) {
        return batches.write(
                batch,
                "input_name = :name, input_sha256 = :sha256, bytes = :bytes, input_file_id = NULL",
                Map.of("name", inputName, "sha256", sha256, "bytes", bytes));
    }

    @Override
    public Optional<ProviderBatchRow> uploaded(ProviderBatchRow batch, String fileId) {
        return batches.move(batch, BatchState.UPLOADED, ", input_file_id = :file", Map.of("file", fileId));
    }

    @Override
    public Creating creating(ProviderBatchRow batch, boolean alone) {
        return inTransaction(() -> {
            if (alone) {
                quota.lock(batch.account(), CREATE);
                if (anotherIsCreated(batch)) {
                    return new Creating.AnotherIsCreated();
                }
            }
            return batches.move(batch, BatchState.CREATING, ", creating_at = now(), unanswered = NULL", Map.of())
                    .<Creating>map(Creating.Go::new)
                    .orElseGet(Creating.Lost::new);
        });
    }

    @Override
    public boolean anotherIsCreated(ProviderBatchRow batch) {
        return anotherIsCreated(batch.account(), batch.id().value());
    }

    private boolean anotherIsCreated(ProviderAccount account, UUID than) {
        return jdbc.sql("""
                SELECT EXISTS (SELECT FROM provider_batch
                                WHERE finished_at IS NULL AND state = 'creating' AND provider = :provider
                                  AND account = :account AND id <> :id)
                """)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("id", than)
                .query(Boolean.class)
                .single();
    }

    @Override
    public Optional<ProviderBatchRow> created(ProviderBatchRow batch, RemoteBatch remote) {
        return jdbc.sql("""
                UPDATE provider_batch
                   SET state = 'submitted', submitted_at = now(), remote_id = :remote, remote_status = :status,
                       remote_expires_at = CAST(:expires AS timestamptz), polls = 0 %s
                 WHERE id = :id AND state = 'creating' AND attempt = :attempt AND remote_id IS NULL
                RETURNING %s
                """.formatted(UNTROUBLED, ProviderBatchRows.COLUMNS))
                .param("remote", remote.id())
                .param("status", remote.rawStatus())
                .param("expires", text(remote.expiresAt()))
                .param("id", batch.id().value())
                .param("attempt", batch.attempt())
                .query(ProviderBatchRows::read)
                .optional();
    }

    @Override
    public Optional<ProviderBatchRow> doubted(ProviderBatchRow batch) {
        return batches.write(batch, "suspect = true", Map.of());
    }

    /// The stranger is kept among the twins as one that has ended: it is never cancelled, and never taken
    /// for ours again.
    @Override
    public boolean released(ProviderBatchRow batch, @Nullable ProviderBatchId owner) {
        return inTransaction(() -> {
            quota.lock(batch.account(), CREATE);
            if (anotherIsCreated(batch)) {
                return false;
            }
            String unmade = """
                    , remote_id = NULL, remote_status = NULL, remote_expires_at = NULL, submitted_at = NULL, cancelled_at = NULL,
                    ended_as = NULL, ended_at = NULL, output_file_id = NULL, error_file_id = NULL, remote_completed = 0,
                    remote_failed = 0, unanswered = now(), suspect = true, failures = 0
                    """;
            if (batches.move(batch, BatchState.CREATING, unmade, Map.of()).isEmpty()) {
                return false;
            }
            jdbc.sql("""
                    INSERT INTO provider_batch_twin (provider_batch_id, remote_id, ended_at)
                    VALUES (:batch, :remote, CASE WHEN CAST(:stranger AS boolean) THEN now() END)
                    ON CONFLICT DO NOTHING
                    """)
                    .param("batch", (owner == null ? batch.id() : owner).value())
                    .param("stranger", owner == null)
                    .param("remote", batch.remoteId())
                    .update();
            return true;
        });
    }

    private static @Nullable String text(@Nullable Instant time) {
        return time == null ? null : time.toString();
    }

    @Override
    public Optional<ProviderBatchRow> unanswered(ProviderBatchRow batch, String code, String message) {
        return batches.write(
                batch,
                "unanswered = coalesce(unanswered, now()), suspect = true, error_code = :code, error_message = :message",
                Map.of("code", code, "message", message));
    }

    @Override
    public Optional<ProviderBatchRow> again(ProviderBatchRow batch) {
        String attempt = ", attempt = attempt + 1, uploading_at = now(), input_name = NULL, input_file_id = NULL,"
                + " unanswered = NULL";
        if (batch.state() == BatchState.UPLOADING) {
            return batches.write(batch, attempt.substring(2), Map.of());
        }
        String given = batch.state() == BatchState.CREATING ? GIVEN_UP : "";
        return batches.move(batch, BatchState.UPLOADING, attempt + given, Map.of());
    }

    /// Where an earlier create may still turn up with these lines, they stay sent.
    @Override
    public Optional<ProviderBatchRow> sendLater(ProviderBatchRow batch, String code, String message) {
        return inTransaction(() -> {
            String set = "error_code = :code, error_message = :message, failures = failures + 1, input_file_id = NULL,"
                    + " input_name = NULL, unanswered = NULL";
            Map<String, Object> params = Map.of("code", code, "message", message);
            Optional<ProviderBatchRow> later = batch.state() == BatchState.WAITING_QUOTA
                    ? batches.write(batch, set, params)
                    : batches.move(batch, BatchState.WAITING_QUOTA, ", " + set, params);
            if (later.isPresent() && !batch.suspect()) {
                jdbc.sql("""
                        UPDATE provider_batch_line SET state = 'assigned'
                         WHERE provider_batch_id = :batch AND state = 'sent'
                        """).param("batch", batch.id().value()).update();
            }
            return later;
        });
    }

    @Override
    public Optional<ProviderBatchRow> refused(ProviderBatchRow batch, String code, String message) {
        return ended(
                batch,
                ", ended_as = 'failed', ended_at = now(), error_code = :code, error_message = :message",
                Map.of("code", code, "message", message));
    }

    @Override
    public Optional<ProviderBatchRow> polled(ProviderBatchRow batch, RemoteBatch remote) {
        var params = seen(remote);
        return batches.write(batch, SEEN + UNTROUBLED, params);
    }

    private static final String SEEN = """
            remote_status = :status, remote_completed = :completed, remote_failed = :failed, polls = polls + 1,
            remote_expires_at = coalesce(CAST(:expires AS timestamptz), remote_expires_at), missing_since = NULL,
            output_file_id = coalesce(:output, output_file_id), error_file_id = coalesce(:error, error_file_id)
            """;

    private static Map<String, @Nullable Object> seen(RemoteBatch remote) {
        var params = new HashMap<String, @Nullable Object>();
        params.put("status", remote.rawStatus());
        params.put("completed", remote.completed());
        params.put("failed", remote.failed());
        params.put("expires", text(remote.expiresAt()));
        params.put("output", remote.outputFileId());
        params.put("error", remote.errorFileId());
        return params;
    }

    @Override
    public Optional<ProviderBatchRow> missing(ProviderBatchRow batch) {
        return batches.write(batch, "missing_since = coalesce(missing_since, now()), polls = polls + 1", Map.of());
    }

    @Override
    public Optional<ProviderBatchRow> cancelling(ProviderBatchRow batch) {
        String taken = "cancelled_at = coalesce(cancelled_at, now())";
        return batch.state() == BatchState.CANCELLING
                ? batches.write(batch, taken, Map.of())
                : batches.move(batch, BatchState.CANCELLING, ", " + taken, Map.of());
    }

    /// The provider's word for when it ended, where that can be: a poll comes late.
    @Override
    public Optional<ProviderBatchRow> ended(ProviderBatchRow batch, RemoteBatch remote) {
        Map<String, @Nullable Object> params = seen(remote);
        params.put("as", remote.status().name().toLowerCase(Locale.ROOT));
        params.put("at", text(remote.endedAt()));
        params.put("code", remote.errorCode());
        params.put("message", remote.errorMessage());
        params.put("line", remote.errorLine());
        return ended(batch, ", " + SEEN + """
                , ended_as = :as, error_code = :code, error_message = :message, error_line = CAST(:line AS integer), failures = 0,
                ended_at = least(greatest(coalesce(CAST(:at AS timestamptz), now()), submitted_at), now())
                """, params);
    }

    @Override
    public Optional<ProviderBatchRow> vanished(ProviderBatchRow batch) {
        return ended(batch, ", ended_as = 'vanished', ended_at = now()", Map.of());
    }

    /// What it had enqueued is free: those who wait for room need not wait for the clock.
    private Optional<ProviderBatchRow> ended(ProviderBatchRow batch, String set, Map<String, ?> params) {
        return inTransaction(() -> {
            Optional<ProviderBatchRow> ended = batches.move(batch, BatchState.ENDED, set, params);
            if (ended.isPresent()) {
                jdbc.sql("""
                        UPDATE provider_batch SET not_before = now()
                         WHERE id IN (SELECT id FROM provider_batch
                                       WHERE finished_at IS NULL AND state = 'waiting_quota' AND provider = :provider
                                         AND account = :account AND failures = 0 AND worker_id IS NULL
                                         AND task_id IS NULL AND not_before > now()
                                         FOR NO KEY UPDATE SKIP LOCKED)
                        """)
                        .param("provider", batch.account().shownAs())
                        .param("account", batch.account().account())
                        .update();
            }
            return ended;
        });
    }

    /// What its feeder has to hand on anew is called: it would put it into a batch again, for nothing.
    private static final String REQUEUED = """
            back AS (
                UPDATE job SET status = 'queued', wait_reason = NULL, task_id = NULL, not_before = %s, rescue = rescue OR %s,
                       lane = NULL, provider = NULL, model = NULL, row_version = row_version + 1
                  FROM taken WHERE job.id = taken.job_id AND job.status = 'batched'
                RETURNING job.id)
            SELECT (SELECT count(*) FROM taken) AS taken, (SELECT count(*) FROM back) AS back
            """.formatted(BoundedLines.DUE, BoundedLines.IS_ONE);

    @Override
    public void withdraw(ProviderBatchRow batch, Collection<Integer> numbers) {
        inTransaction(() -> {
            jdbc.sql("""
                    WITH taken AS (
                        UPDATE provider_batch_line SET state = %s, settled_at = now()
                         WHERE provider_batch_id = :batch AND number = ANY (CAST(:numbers AS integer[]))
                           AND state IN ('assigned', 'sent')
                        RETURNING job_id),
                    """.formatted(JdbcBatchSplit.TAKEN_BACK) + REQUEUED)
                    .param("doubted", batch.doubtedAt() != null)
                    .param("batch", batch.id().value())
                    .param("numbers", numbers.toArray(Integer[]::new))
                    .query()
                    .singleRow();
            return recount(batch);
        });
    }

    @Override
    public boolean disband(ProviderBatchRow batch) {
        return inTransaction(() -> {
            if (batches.move(batch, BatchState.ABANDONED).isEmpty()) {
                return false;
            }
            jdbc.sql("""
                    WITH taken AS (
                        UPDATE provider_batch_line SET state = %s, settled_at = now()
                         WHERE provider_batch_id = :batch AND state IN ('assigned', 'sent')
                        RETURNING job_id),
                    """.formatted(JdbcBatchSplit.TAKEN_BACK) + REQUEUED)
                    .param("doubted", batch.doubtedAt() != null)
                    .param("batch", batch.id().value())
                    .query()
                    .singleRow();
            return true;
        });
    }

    @Override
    public boolean split(ProviderBatchRow batch, int parts) {
        if (parts < 2 || batch.lines() < 2) {
            throw new IllegalArgumentException("a batch of " + batch.lines() + " lines cannot become " + parts);
        }
        return inTransaction(() -> {
            if (batches.move(batch, BatchState.ABANDONED).isEmpty()) {
                return false;
            }
            splitting.split(batch, parts, Duration.ZERO, "split");
            return true;
        });
    }

    @Override
    public Optional<Collection<String>> unknown(ProviderAccount account, Collection<String> remoteIds, boolean atRest) {
        return inTransaction(() -> {
            quota.lock(account, CREATE);
            return atRest && anotherIsCreated(account, NOBODY)
                    ? Optional.empty()
                    : Optional.of(unknown(account, remoteIds));
        });
    }

    private Collection<String> unknown(ProviderAccount account, Collection<String> remoteIds) {
        var known = new HashSet<>(jdbc.sql("""
                        SELECT remote_id FROM provider_batch
                         WHERE provider = :provider AND account = :account AND remote_id = ANY (CAST(:ids AS text[]))
                        UNION ALL
                        SELECT remote_id FROM provider_batch_twin WHERE remote_id = ANY (CAST(:ids AS text[]))
                        """)
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("ids", remoteIds.toArray(String[]::new))
                .query(String.class)
                .list());
        var unknown = new ArrayList<>(remoteIds);
        unknown.removeAll(known);
        return unknown;
    }

    private <T> T inTransaction(Supplier<T> work) {
        T result = transaction.execute(_ -> work.get());
        if (result == null) {
            throw new IllegalStateException("a transaction without a result");
        }
        return result;
    }
}
