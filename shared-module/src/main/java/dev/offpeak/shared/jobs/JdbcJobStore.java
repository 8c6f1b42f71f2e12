package dev.offpeak.shared.jobs;

import static java.time.ZoneOffset.UTC;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.webhooks.WebhookTarget;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

final class JdbcJobStore implements JobStore {

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JobQueue queue;
    private final JdbcJobReader reader;
    private final JdbcJobEndings endings;
    private final GenerationRequestJson requests = new GenerationRequestJson();
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcJobStore(
            JdbcClient jdbc,
            TransactionOperations transaction,
            JobQueue queue,
            JdbcJobReader reader,
            JdbcJobEndings endings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.queue = queue;
        this.reader = reader;
        this.endings = endings;
    }

    @Override
    public VersionedJob submit(JobSubmission submission) {
        return transaction.execute(_ -> {
            var firstWake = new Task(TaskKind.JOB, submission.id().value(), 0, submission.tenant());
            insert(submission, firstWake);
            queue.enqueue(firstWake);
            VersionedJob written = reader.fresh(submission.id());
            Failpoints.reach(Failpoint.SUBMIT_WRITTEN);
            return written;
        });
    }

    private void insert(JobSubmission submission, Task firstWake) {
        WebhookTarget webhook = submission.webhook();
        int inserted = jdbc.sql("""
                WITH accepted AS (
                    INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, user_ref, feature, tier, task_id,
                                     deadline, may_wait)
                    SELECT :id, :tenant, :type, 'queued', :workflow, :workflowVersion, :user, :feature, :tier, :task,
                           deadline, :mayWait
                      FROM (SELECT coalesce(CAST(:deadlineAt AS timestamptz),
                                            now() + make_interval(secs => CAST(:deadlineIn AS double precision))) AS deadline) due
                     WHERE deadline > now()
                    RETURNING id, created_at)
                INSERT INTO job_input (job_id, job_created_at, request, metadata, tags, webhook_url, webhook_secret)
                SELECT id, created_at, CAST(:request AS jsonb), CAST(:metadata AS jsonb), CAST(:tags AS text[]), :webhookUrl, :webhookSecret
                  FROM accepted
                """)
                .param("id", submission.id().value())
                .param("tenant", submission.tenant().value())
                .param("type", submission.type().wire())
                .param("workflow", submission.workflow())
                .param("workflowVersion", submission.workflowVersion())
                .param("user", submission.user())
                .param("feature", submission.feature())
                .param("tier", submission.tier().wire())
                .param("task", firstWake.taskId())
                .param("mayWait", submission.mayWait())
                .param("deadlineAt", at(submission.deadline()))
                .param("deadlineIn", seconds(submission.deadline()))
                .param("request", requests.write(submission.request()))
                .param("metadata", json.writeValueAsString(submission.metadata()))
                .param("tags", submission.tags().toArray(String[]::new))
                .param("webhookUrl", webhook == null ? null : webhook.url())
                .param("webhookSecret", webhook == null ? null : webhook.sealedSecret())
                .update();
        if (inserted == 0) {
            throw new DeadlinePassed();
        }
    }

    private static @Nullable OffsetDateTime at(Deadline deadline) {
        return switch (deadline) {
            case Deadline.At at -> at.instant().atOffset(UTC);
            case Deadline.In _ -> null;
        };
    }

    private static @Nullable Double seconds(Deadline deadline) {
        return switch (deadline) {
            case Deadline.At _ -> null;
            case Deadline.In in -> in.duration().toMillis() / 1000.0;
        };
    }

    @Override
    public Optional<VersionedJob> find(TenantId tenant, JobId job) {
        return reader.find(tenant, job);
    }

    @Override
    public List<JobView> list(TenantId tenant, Filter filter, @Nullable JobId after, int limit) {
        return reader.list(tenant, filter, after, limit);
    }

    @Override
    public Map<JobId, JobStatus> ended(Collection<JobId> jobs) {
        return jobs.isEmpty() ? Map.of() : reader.ended(jobs);
    }

    @Override
    public Cancellation cancel(TenantId tenant, JobId job) {
        return transaction.execute(_ -> {
            boolean cancelled = jdbc.sql("""
                    UPDATE job SET status = 'cancelled', worker_id = NULL, wait_reason = NULL, finished_at = now(),
                           row_version = row_version + 1
                     WHERE id = :id AND tenant_id = :tenant AND status IN ('queued', 'running', 'batched')
                    """)
                            .param("id", job.value())
                            .param("tenant", tenant.value())
                            .update()
                    == 1;
            if (cancelled) {
                endings.announce(job, JobStatus.CANCELLED);
            }
            return reader.find(tenant, job)
                    .<Cancellation>map(found -> {
                        var status = JobStatus.ofWire(found.job().status());
                        return status == JobStatus.CANCELLED
                                ? new Cancellation.Cancelled(found, cancelled)
                                : new Cancellation.AlreadyFinished(status);
                    })
                    .orElseGet(Cancellation.NoSuchJob::new);
        });
    }
}
