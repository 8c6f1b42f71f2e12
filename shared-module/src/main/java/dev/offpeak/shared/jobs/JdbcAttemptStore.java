package dev.offpeak.shared.jobs;

import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.workflows.Tier;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcAttemptStore implements AttemptStore {

    private static final Logger log = LoggerFactory.getLogger(JdbcAttemptStore.class);

    private static final String DUE = "status IN ('queued', 'running', 'batched') AND deadline <= now()";

    /// A go among jobs of which one cannot be ended; far more than can be broken.
    private static final int MOST_ALONE = 10_000;

    /// A job that has outlived so many workers or threads is taken to be what kills them.
    private static final int MOST_TAKEN_BACK = 5;

    /// A line of the job's is under way in a provider batch. Asked of rescued jobs only: no other that
    /// runs has one.
    private static final String ITS_LINE_IS_UNDER_WAY = """
            job.rescue AND EXISTS (SELECT FROM provider_batch_line line
                                    WHERE line.job_id = job.id AND line.job_created_at = job.created_at
                                      AND line.state IN ('assigned', 'sent'))
            """;

    private static final UUID FIRST = new UUID(0, 0); // before all ids

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final JdbcJobEndings endings;
    private final CallStore calls;
    private final GenerationRequestJson requests = new GenerationRequestJson();

    JdbcAttemptStore(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            JdbcJobEndings endings,
            CallStore calls) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.endings = endings;
        this.calls = calls;
    }

    @Override
    public Optional<ClaimedJob> claim(JobId job, WorkerId worker) {
        return jdbc.sql("""
                WITH unhurried AS (   -- lost in a crash, the claim is made again; the call that follows waits for its own commit and this one
                    SELECT set_config('synchronous_commit', 'off', true)),
                claimed AS (
                    UPDATE job SET status = 'running', fence = fence + 1, attempts = attempts + 1, worker_id = :worker,
                           claimed_at = now(), wait_reason = NULL, started_at = coalesce(started_at, now()), row_version = row_version + 1
                     WHERE id = :id AND status = 'queued' AND not_before <= now() AND deadline > now()
                       -- no second attempt at a line of a batch that has spent what it may: its feeder ends it
                       AND NOT (batch_id IS NOT NULL AND attempts > 0 AND NOT rescue
                                AND EXISTS (SELECT FROM batch
                                             WHERE batch.id = job.batch_id AND batch.stopped IS NOT NULL))
                    RETURNING *)
                SELECT claimed.*, input.request,
                       extract(epoch FROM now() - not_before) AS waited, extract(epoch FROM deadline - now()) AS time_left
                  FROM unhurried, claimed
                  JOIN job_input input ON input.job_id = claimed.id AND input.job_created_at = claimed.created_at
                """)
                .param("id", job.value())
                .param("worker", worker.value())
                .query((row, _) -> claimed(row, worker))
                .optional();
    }

    @Override
    public Optional<ClaimedJob> unheardClaim(JobId job, WorkerId worker) {
        return jdbc.sql("""
                SELECT job.*, input.request,
                       extract(epoch FROM job.claimed_at - job.not_before) AS waited,
                       extract(epoch FROM job.deadline - now()) AS time_left
                  FROM job
                  JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                 WHERE job.id = :id AND job.status = 'running' AND job.worker_id = :worker AND job.deadline > now()
                   -- somebody has used such a claim, and died over it
                   AND NOT EXISTS (SELECT FROM call WHERE call.job_id = job.id AND call.fence = job.fence)
                """)
                .param("id", job.value())
                .param("worker", worker.value())
                .query((row, _) -> claimed(row, worker))
                .optional();
    }

    private ClaimedJob claimed(ResultSet row, WorkerId worker) throws SQLException {
        UUID batch = row.getObject("batch_id", UUID.class);
        return new ClaimedJob(
                new JobId(row.getObject("id", UUID.class)),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getLong("fence"),
                worker,
                row.getInt("attempts"),
                row.getLong("fence") > 1,
                row.getString("workflow"),
                row.getInt("workflow_version"),
                Tier.ofWire(row.getString("tier")),
                row.getString("user_ref"),
                row.getString("feature"),
                batch == null ? null : new BatchId(batch),
                seconds(row, "waited"),
                seconds(row, "time_left"),
                row.getBoolean("may_wait"),
                row.getBoolean("rescue"),
                requests.read(row.getString("request")));
    }

    @Override
    public boolean explain(ClaimedJob attempt, List<LaneReason> reasons) {
        return jdbc.sql("""
                UPDATE job SET lane_reasons = CAST(:reasons AS text[])
                 WHERE id = :id AND status = 'running' AND fence = :fence
                """)
                        .param("reasons", stored(reasons))
                        .param("id", attempt.id().value())
                        .param("fence", attempt.fence())
                        .update()
                == 1;
    }

    private static String[] stored(List<LaneReason> reasons) {
        return reasons.stream().map(LaneReason::stored).toArray(String[]::new);
    }

    private static Duration seconds(ResultSet row, String column) throws SQLException {
        return Duration.ofNanos((long) (row.getDouble(column) * 1e9));
    }

    @Override
    public boolean finish(ClaimedJob attempt, JobEnd end, Route route) {
        JobStatus status = switch (end) {
            case JobEnd.Succeeded _ -> JobStatus.SUCCEEDED;
            case JobEnd.Failed _ -> JobStatus.FAILED;
        };
        Optional<JdbcJobEndings.Ended> ended = write(attempt, status, end, route);
        if (ended.isPresent() && attempt.rescue()) {
            declareItsLine(attempt.id());
        }
        ended.ifPresent(job -> endings.announce(attempt.id(), status, job));
        return ended.isPresent() || hadEnded(attempt, status);
    }

    /// Its line was answered before, but ended nothing: where a call was billed too, the line is the bill
    /// too many. A statement of its own, so that it sees whoever settled the line.
    private void declareItsLine(JobId id) {
        jdbc.sql("""
                UPDATE ledger_entry line SET overlap = true
                 WHERE line.job_id = :id AND line.source = 'line' AND NOT line.overlap
                   AND EXISTS (SELECT FROM ledger_entry bill
                                WHERE bill.job_id = line.job_id AND bill.source = 'call' AND bill.status = 'confirmed'
                                  AND NOT bill.overlap)
                """).param("id", id.value()).update();
    }

    /// The claim has ended its job before: the answer to its commit was lost, not the commit. Who takes a
    /// job back for good leaves its fence, but writes no outcome.
    private boolean hadEnded(ClaimedJob attempt, JobStatus status) {
        return jdbc.sql("""
                SELECT EXISTS (
                       SELECT FROM job JOIN job_outcome outcome
                                         ON outcome.job_id = job.id AND outcome.job_created_at = job.created_at
                        WHERE job.id = :id AND job.fence = :fence AND job.status = :status)
                """)
                .param("id", attempt.id().value())
                .param("fence", attempt.fence())
                .param("status", status.wire())
                .query(Boolean.class)
                .single();
    }

    private Optional<JdbcJobEndings.Ended> write(ClaimedJob attempt, JobStatus status, JobEnd end, Route route) {
        JobResult result = switch (end) {
            case JobEnd.Succeeded succeeded -> succeeded.result();
            case JobEnd.Failed failed -> failed.partial();
        };
        JobEnd.@Nullable Failed failure = end instanceof JobEnd.Failed failed ? failed : null;
        return jdbc.sql("""
                WITH ended AS (
                    UPDATE job SET status = :status, worker_id = NULL, lane = :lane, provider = :provider, model = :model,
                           error_code = :errorCode, error_message = :errorMessage, finished_at = now(),
                           lane_reasons = CASE WHEN CAST(:reasons AS text[]) = '{}' THEN lane_reasons ELSE CAST(:reasons AS text[]) END,
                           row_version = row_version + 1
                     WHERE id = :id AND status = 'running' AND fence = :fence
                    RETURNING id, tenant_id, created_at, finished_at),
                outcome AS (
                    INSERT INTO job_outcome (job_id, job_created_at, kind, result_text, result_json, finish_reason)
                    SELECT id, created_at, :kind, :text, CAST(:json AS jsonb), :finishReason FROM ended)
                SELECT ended.tenant_id, ended.created_at, ended.finished_at, input.webhook_url, input.webhook_secret
                  FROM ended
                  JOIN job_input input ON input.job_id = ended.id AND input.job_created_at = ended.created_at
                """)
                .param("status", status.wire())
                .param("lane", route.lane().wire())
                .param("provider", route.provider())
                .param("model", route.model())
                .param("reasons", stored(route.reasons()))
                .param("errorCode", failure == null ? null : failure.code().wire())
                .param("errorMessage", failure == null ? null : failure.message())
                .param("id", attempt.id().value())
                .param("fence", attempt.fence())
                .param("kind", result == null ? null : result.kind())
                .param("text", result == null ? null : result.text())
                .param("json", result == null ? null : result.json())
                .param("finishReason", result == null ? null : result.finishReason())
                .query((row, _) -> JdbcJobEndings.Ended.of(row))
                .optional();
    }

    @Override
    public boolean answeredLate(ClaimedJob attempt, @Nullable JobResult result, Route route) {
        // so that the next statement sees what somebody who settles its line just now writes
        jdbc.sql("SELECT id FROM job WHERE id = :id FOR NO KEY UPDATE")
                .param("id", attempt.id().value())
                .query(UUID.class)
                .optional();
        return jdbc.sql("""
                WITH kept AS (
                    INSERT INTO job_outcome (job_id, job_created_at, kind, result_text, result_json, finish_reason, late)
                    SELECT id, created_at, :kind, :text, CAST(:json AS jsonb), :finishReason, true
                      FROM job
                     WHERE id = :id AND status = 'expired' AND CAST(:kind AS text) IS NOT NULL
                        ON CONFLICT DO NOTHING   -- the first one stays
                    RETURNING job_id),
                watched AS (   -- the end may have been told with a call that had just begun and was not seen
                    INSERT INTO cost_watch (job_id)
                    SELECT id FROM job WHERE id = :id AND finished_at IS NOT NULL
                        ON CONFLICT DO NOTHING),
                second AS (   -- its line was faster: this call is the bill too many
                    UPDATE ledger_entry entry SET overlap = true
                      FROM job, call
                     WHERE job.id = :id AND job.finished_at IS NOT NULL
                       AND EXISTS (SELECT FROM ledger_entry line
                                    WHERE line.job_id = job.id AND line.source = 'line' AND NOT line.overlap)
                       AND call.job_id = job.id AND call.fence = :fence
                       AND entry.source = 'call' AND entry.source_id = call.id AND entry.source_created_at = call.created_at)
                UPDATE job
                   SET row_version = row_version + 1,   -- its cost has changed
                       lane = CASE WHEN kept.job_id IS NULL THEN lane ELSE :lane END,
                       provider = CASE WHEN kept.job_id IS NULL THEN provider ELSE :provider END,
                       model = CASE WHEN kept.job_id IS NULL THEN model ELSE :model END
                  FROM (SELECT 1) one LEFT JOIN kept ON true
                 WHERE job.id = :id AND job.finished_at IS NOT NULL
                RETURNING kept.job_id IS NOT NULL
                """)
                .param("kind", result == null ? null : result.kind())
                .param("text", result == null ? null : result.text())
                .param("json", result == null ? null : result.json())
                .param("finishReason", result == null ? null : result.finishReason())
                .param("lane", route.lane().wire())
                .param("provider", route.provider())
                .param("model", route.model())
                .param("id", attempt.id().value())
                .param("fence", attempt.fence())
                .query(Boolean.class)
                .optional()
                .orElse(false);
    }

    @Override
    public boolean putBack(ClaimedJob attempt, Duration delay, WaitReason why, boolean countsAsAttempt) {
        return transaction.execute(_ -> {
            Optional<JobStatus> now = jdbc.sql("""
                    UPDATE job SET status = CASE WHEN %s THEN 'batched' ELSE 'queued' END,
                           worker_id = NULL, task_id = NULL, wait_reason = :why,
                           not_before = now() + make_interval(secs => :delay), attempts = attempts - :uncounted,
                           row_version = row_version + 1
                     WHERE id = :id AND status = 'running' AND fence = :fence
                    RETURNING status
                    """.formatted(ITS_LINE_IS_UNDER_WAY))
                    .param("why", why.wire())
                    .param("delay", delay.toMillis() / 1000.0)
                    .param("uncounted", countsAsAttempt ? 0 : 1)
                    .param("id", attempt.id().value())
                    .param("fence", attempt.fence())
                    .query((row, _) -> JobStatus.ofWire(row.getString("status")))
                    .optional();
            now.filter(JobStatus.BATCHED::equals).ifPresent(_ -> requeueWithoutLine(attempt.id()));
            return now.isPresent();
        });
    }

    /// A statement of its own, so that it sees the line of whoever has just settled it: the one before
    /// may have waited for him, and saw the line as it had been. What was left to its line for good has
    /// nothing to wait for any more.
    private void requeueWithoutLine(JobId id) {
        jdbc.sql("""
                UPDATE job SET status = 'queued', not_before = CASE WHEN not_before = 'infinity' THEN now() ELSE not_before END
                 WHERE id = :id AND status = 'batched' AND NOT (%s)
                """.formatted(ITS_LINE_IS_UNDER_WAY)).param("id", id.value()).update();
    }

    @Override
    public boolean leaveToItsLine(ClaimedJob attempt) {
        int left = jdbc.sql("""
                UPDATE job SET status = 'batched', worker_id = NULL, task_id = NULL, wait_reason = NULL,
                       not_before = 'infinity',   -- no call will do better
                       row_version = row_version + 1
                 WHERE id = :id AND status = 'running' AND fence = :fence AND %s
                """.formatted(ITS_LINE_IS_UNDER_WAY))
                .param("id", attempt.id().value())
                .param("fence", attempt.fence())
                .update();
        return left == 1 && !itsLineHasJustSettled(attempt);
    }

    /// Looks again, as the one above may have waited for whoever settled the line. Then the claim has
    /// its job back.
    private boolean itsLineHasJustSettled(ClaimedJob attempt) {
        return jdbc.sql("""
                UPDATE job SET status = 'running', worker_id = :worker
                 WHERE id = :id AND status = 'batched' AND fence = :fence AND NOT (%s)
                """.formatted(ITS_LINE_IS_UNDER_WAY))
                        .param("worker", attempt.worker().value())
                        .param("id", attempt.id().value())
                        .param("fence", attempt.fence())
                        .update()
                == 1;
    }

    /// A queued job and the number of its newest wake.
    private record Sleeping(
            UUID id,
            @Nullable TenantId tenant,
            int wake,
            @Nullable UUID task) {}

    @Override
    public int wakeDue(int limit) {
        return transaction.execute(_ -> {
            List<Sleeping> due = jdbc.sql("""
                    SELECT id, tenant_id, wake, task_id FROM job
                     WHERE status = 'queued' AND task_id IS NULL AND not_before <= now()
                     ORDER BY not_before LIMIT :limit
                       FOR UPDATE SKIP LOCKED   -- rows of another worker's turn
                    """)
                    .param("limit", limit)
                    .query(JdbcAttemptStore::sleeping)
                    .list();
            due.forEach(this::wake);
            if (!due.isEmpty()) {
                Failpoints.reach(Failpoint.WAKE_WRITTEN);
            }
            return due.size();
        });
    }

    /// Looks at all of them, a page at a time: where much waits, what is forgotten may stand behind a
    /// long queue.
    @Override
    public int wakeForgotten(Duration deadAfter, int limit) {
        int woken = 0;
        List<Sleeping> page = forgottenCandidates(FIRST, limit);
        while (!page.isEmpty()) {
            Set<UUID> live = queue.live(page.stream().map(Sleeping::task).toList(), deadAfter);
            woken += wakeAgain(
                    page.stream().filter(job -> !live.contains(job.task())).toList());
            page = page.size() < limit
                    ? List.of()
                    : forgottenCandidates(page.getLast().id(), limit);
        }
        return woken;
    }

    @Override
    public int wakeStranded(Duration deadAfter) {
        return wakeAgain(queue.stranded(deadAfter).stream()
                .filter(task -> task.kind() == TaskKind.JOB)
                .map(task -> new Sleeping(task.id(), task.tenant(), task.wake(), task.taskId()))
                .toList());
    }

    private List<Sleeping> forgottenCandidates(UUID after, int limit) {
        return jdbc.sql("""
                SELECT id, tenant_id, wake, task_id FROM job
                 WHERE status = 'queued' AND task_id IS NOT NULL AND not_before <= now() - interval '10 seconds'
                   AND id > :after   -- always: a generic plan that must do without it begins at the first entry
                 ORDER BY id LIMIT :limit
                """)
                .param("after", after)
                .param("limit", limit)
                .query(JdbcAttemptStore::sleeping)
                .list();
    }

    /// A page in one transaction: a table of JobRunr's that somebody emptied is filled again in seconds.
    private int wakeAgain(List<Sleeping> gone) {
        if (gone.isEmpty()) {
            return 0;
        }
        return transaction.execute(_ -> {
            List<Sleeping> still = jdbc.sql("""
                    SELECT job.id, job.tenant_id, job.wake, job.task_id
                      FROM job JOIN unnest(CAST(:ids AS uuid[]), CAST(:tasks AS uuid[])) AS gone (id, task)
                        ON job.id = gone.id AND job.task_id = gone.task
                     WHERE job.status = 'queued' AND job.not_before <= now()
                       FOR UPDATE OF job SKIP LOCKED
                    """)
                    .param("ids", gone.stream().map(Sleeping::id).toArray(UUID[]::new))
                    .param("tasks", gone.stream().map(Sleeping::task).toArray(UUID[]::new))
                    .query(JdbcAttemptStore::sleeping)
                    .list();
            still.forEach(this::wake);
            if (!still.isEmpty()) {
                Failpoints.reach(Failpoint.WAKE_WRITTEN);
            }
            return still.size();
        });
    }

    private void wake(Sleeping job) {
        var task = new Task(TaskKind.JOB, job.id(), job.wake() + 1, job.tenant());
        jdbc.sql("UPDATE job SET wake = :wake, task_id = :task WHERE id = :id")
                .param("wake", task.wake())
                .param("task", task.taskId())
                .param("id", job.id())
                .update();
        queue.enqueue(task);
    }

    private static Sleeping sleeping(ResultSet row, int number) throws SQLException {
        return new Sleeping(
                row.getObject("id", UUID.class),
                new TenantId(row.getObject("tenant_id", UUID.class)),
                row.getInt("wake"),
                row.getObject("task_id", UUID.class));
    }

    @Override
    public int expireDue(int limit) {
        return OneByOne.orEachAlone(
                () -> expireWhere(DUE, Map.of(), limit),
                this::due,
                job -> expireWhere("id = :job AND " + DUE, Map.of("job", job.value()), 1),
                (job, broken) -> log.atError()
                        .addKeyValue("job", job)
                        .setCause(broken)
                        .log("A job past its deadline cannot be ended; it is tried again, the others go on"));
    }

    private int expireWhere(String condition, Map<String, Object> params, int limit) {
        return transaction.execute(_ -> {
            List<Expired> expired = jdbc.sql("""
                    WITH due AS (
                        SELECT id FROM job
                         WHERE %s
                         ORDER BY deadline LIMIT :limit
                           FOR UPDATE SKIP LOCKED),
                    expired AS (
                        UPDATE job SET status = 'expired', worker_id = NULL, wait_reason = NULL, error_code = :code,
                               finished_at = now(), row_version = row_version + 1
                          FROM due WHERE job.id = due.id
                        RETURNING job.id, job.tenant_id, job.created_at, job.finished_at)
                    SELECT expired.*, input.webhook_url, input.webhook_secret
                      FROM expired
                      LEFT JOIN job_input input ON input.job_id = expired.id AND input.job_created_at = expired.created_at
                    """.formatted(condition))
                    .params(params)
                    .param("limit", limit)
                    .param("code", ErrorCode.DEADLINE_EXCEEDED.wire())
                    .query((row, _) ->
                            new Expired(new JobId(row.getObject("id", UUID.class)), JdbcJobEndings.Ended.of(row)))
                    .list();
            expired.forEach(job -> endings.announce(job.id(), JobStatus.EXPIRED, job.ended()));
            if (!expired.isEmpty()) {
                Failpoints.reach(Failpoint.EXPIRY_WRITTEN);
            }
            return expired.size();
        });
    }

    private record Expired(JobId id, JdbcJobEndings.Ended ended) {}

    private List<JobId> due() {
        return jdbc.sql("SELECT id FROM job WHERE " + DUE + " ORDER BY deadline LIMIT :limit")
                .param("limit", MOST_ALONE)
                .query((row, _) -> new JobId(row.getObject("id", UUID.class)))
                .list();
    }

    @Override
    public Map<JobId, ErrorCode> lostClaims(Collection<ClaimedJob> claims) {
        if (claims.isEmpty()) {
            return Map.of();
        }
        return jdbc
                .sql("""
                SELECT claim.id, job.status
                  FROM unnest(CAST(:ids AS uuid[]), CAST(:fences AS bigint[])) AS claim (id, fence)
                  LEFT JOIN job ON job.id = claim.id
                 WHERE (job.fence IS DISTINCT FROM claim.fence OR job.status NOT IN ('running', 'expired'))
                   AND NOT coalesce(job.rescue AND job.lane = 'batch' AND job.status IN ('succeeded', 'failed'), false)
                """)
                .param("ids", claims.stream().map(claim -> claim.id().value()).toArray(UUID[]::new))
                .param("fences", claims.stream().map(ClaimedJob::fence).toArray(Long[]::new))
                .query((row, _) -> Map.entry(
                        new JobId(row.getObject("id", UUID.class)),
                        JobStatus.CANCELLED.wire().equals(row.getString("status"))
                                ? ErrorCode.JOB_CANCELLED
                                : ErrorCode.WORKER_LOST))
                .list()
                .stream()
                .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    @Override
    public TakenBack takeBack(Duration deadAfter, int limit) {
        return takeBackWhere("""
                job.status = 'running'
                   AND NOT EXISTS (SELECT FROM worker
                                    WHERE worker.id = job.worker_id AND worker.stopped_at IS NULL
                                      AND worker.beat_at > now() - make_interval(secs => :deadAfter))
                """, () -> Map.of("deadAfter", deadAfter.toMillis() / 1000.0), limit);
    }

    @Override
    public TakenBack releaseUnheld(WorkerId worker, Supplier<? extends Collection<JobId>> held, int limit) {
        return takeBackWhere(
                """
                job.status = 'running' AND job.worker_id = :worker AND job.claimed_at < now() - interval '10 seconds'
                   AND job.id <> ALL (CAST(:held AS uuid[]))
                """,
                () -> {
                    jdbc.sql("SELECT now()").query().singleValue(); // the moment that now() means from here on
                    return Map.of(
                            "worker",
                            worker.value(),
                            "held",
                            held.get().stream().map(JobId::value).toArray(UUID[]::new));
                },
                limit);
    }

    /// @param params asked in the transaction that uses them
    private TakenBack takeBackWhere(String condition, Supplier<Map<String, Object>> params, int limit) {
        var sum = new AtomicReference<>(TakenBack.NOTHING);
        OneByOne.orEachAlone(
                () -> add(sum, takenBack(condition, params, limit)),
                () -> orphans(condition, params),
                job -> add(
                        sum,
                        takenBack(
                                "job.id = :job AND " + condition,
                                () -> with(params.get(), Map.of("job", job.value())),
                                1)),
                (job, broken) -> log.atError()
                        .addKeyValue("job", job)
                        .setCause(broken)
                        .log("A job that nobody works on cannot be taken back; it is tried again, the others go on"));
        return sum.get();
    }

    private static int add(AtomicReference<TakenBack> sum, TakenBack more) {
        sum.getAndUpdate(sofar -> sofar.plus(more));
        return more.all();
    }

    private static Map<String, Object> with(Map<String, Object> some, Map<String, Object> more) {
        var all = new HashMap<String, Object>(some);
        all.putAll(more);
        return all;
    }

    private List<JobId> orphans(String condition, Supplier<Map<String, Object>> params) {
        return transaction.execute(_ -> jdbc.sql("SELECT job.id FROM job WHERE " + condition + " LIMIT " + MOST_ALONE)
                .params(params.get())
                .query((row, _) -> new JobId(row.getObject("id", UUID.class)))
                .list());
    }

    private TakenBack takenBack(String condition, Supplier<Map<String, Object>> params, int limit) {
        return transaction.execute(_ -> {
            List<Orphan> taken = jdbc.sql("""
                    WITH orphan AS (
                        SELECT job.id, %s AS has_line FROM job
                         WHERE %s
                         LIMIT :limit
                           FOR UPDATE SKIP LOCKED)
                    UPDATE job
                       SET status = CASE WHEN orphan.has_line THEN 'batched'
                                         WHEN taken_back + 1 >= :most THEN 'failed' ELSE 'queued' END,
                           error_code = CASE WHEN NOT orphan.has_line AND taken_back + 1 >= :most THEN :code END,
                           finished_at = CASE WHEN NOT orphan.has_line AND taken_back + 1 >= :most THEN now() END,
                           -- one that kills workers is left to its line
                           not_before = CASE WHEN orphan.has_line AND taken_back + 1 >= :most THEN 'infinity' ELSE now() END,
                           worker_id = NULL, task_id = NULL, taken_back = taken_back + 1, row_version = row_version + 1
                      FROM orphan WHERE job.id = orphan.id
                    RETURNING job.id, job.status
                    """.formatted(ITS_LINE_IS_UNDER_WAY, condition))
                    .params(params.get())
                    .param("limit", limit)
                    .param("most", MOST_TAKEN_BACK)
                    .param("code", ErrorCode.WORKER_LOST.wire())
                    .query((row, _) -> new Orphan(
                            new JobId(row.getObject("id", UUID.class)), JobStatus.ofWire(row.getString("status"))))
                    .list();
            List<Orphan> failed = taken.stream()
                    .filter(job -> job.status() == JobStatus.FAILED)
                    .toList();
            var abandoned = new ArrayList<CallStore.Estimate>();
            failed.forEach(job -> {
                abandoned.addAll(calls.abandonEarlier(job.id(), Long.MAX_VALUE)); // nobody will claim it and do it
                endings.announce(job.id(), JobStatus.FAILED);
            });
            taken.stream()
                    .filter(job -> job.status() == JobStatus.BATCHED)
                    .forEach(job -> requeueWithoutLine(job.id()));
            if (!taken.isEmpty()) {
                Failpoints.reach(Failpoint.TAKE_BACK_WRITTEN);
            }
            return new TakenBack(taken.size(), failed.size(), abandoned);
        });
    }

    private record Orphan(JobId id, JobStatus status) {}
}
