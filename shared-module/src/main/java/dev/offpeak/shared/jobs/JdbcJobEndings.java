package dev.offpeak.shared.jobs;

import static java.util.Objects.requireNonNull;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import dev.offpeak.shared.webhooks.WebhookPayload;
import dev.offpeak.shared.webhooks.WebhookTarget;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What every terminal state owes, whoever reached it: the webhook message in the same transaction, and a
/// signal to those who wait.
final class JdbcJobEndings implements JobEndings {

    private final JdbcClient jdbc;
    private final JdbcJobReader reader;
    private final WebhookOutbox outbox;
    private final JobEndedBus bus;
    private final JsonMapper json = JsonMapper.builder().build();

    JdbcJobEndings(JdbcClient jdbc, JdbcJobReader reader, WebhookOutbox outbox, JobEndedBus bus) {
        this.jdbc = jdbc;
        this.reader = reader;
        this.outbox = outbox;
        this.bus = bus;
    }

    /// A job that has just ended.
    ///
    /// @param target null: nobody wants to be told
    record Ended(
            TenantId tenant,
            Instant createdAt,
            Instant finishedAt,
            @Nullable WebhookTarget target) {

        /// @param row with tenant_id, created_at and finished_at of the job, webhook_url and
        ///     webhook_secret of its input
        static Ended of(ResultSet row) throws SQLException {
            String url = row.getString("webhook_url");
            return new Ended(
                    new TenantId(row.getObject("tenant_id", UUID.class)),
                    row.getObject("created_at", OffsetDateTime.class).toInstant(),
                    row.getObject("finished_at", OffsetDateTime.class).toInstant(),
                    url == null ? null : new WebhookTarget(url, row.getBytes("webhook_secret")));
        }
    }

    /// For who ended the job with a statement that did not say so much.
    void announce(JobId job, JobStatus status) {
        announce(
                job,
                status,
                jdbc.sql("""
                        SELECT job.tenant_id, job.created_at, job.finished_at, input.webhook_url, input.webhook_secret
                          FROM job JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                         WHERE job.id = :id
                        """)
                        .param("id", job.value())
                        .query((row, _) -> Ended.of(row))
                        .single());
    }

    void announce(JobId job, JobStatus status, Ended ended) {
        if (ended.target() != null) {
            writeMessage(job, status, ended, ended.target());
        }
        bus.endedAfterCommit(job);
    }

    @Override
    public void announceAll(Collection<JobId> ended) {
        List<JobId> wanted = withReceivers(ended);
        if (!wanted.isEmpty()) {
            writeMessages(wanted);
        }
        ended.forEach(bus::endedAfterCommit);
    }

    private List<JobId> withReceivers(Collection<JobId> ended) {
        return jdbc.sql("""
                SELECT job.id
                  FROM job JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                 WHERE job.id = ANY (CAST(:ids AS uuid[])) AND input.webhook_url IS NOT NULL
                """)
                .param("ids", uuids(ended))
                .query((row, _) -> new JobId(row.getObject("id", UUID.class)))
                .list();
    }

    private void writeMessages(List<JobId> wanted) {
        Map<JobId, JobView> views = reader.views(wanted);
        var messages = new ArrayList<WebhookOutbox.Message>();
        jdbc.sql("""
                SELECT job.id, job.status, job.tenant_id, job.created_at, job.finished_at, input.webhook_url,
                       input.webhook_secret
                  FROM job JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                 WHERE job.id = ANY (CAST(:ids AS uuid[]))
                """).param("ids", uuids(wanted)).query(row -> {
            var job = new JobId(row.getObject("id", UUID.class));
            Ended ended = Ended.of(row);
            String type = JobStatus.ofWire(row.getString("status")).webhookType();
            messages.add(new WebhookOutbox.Message(
                    ended.tenant(),
                    job,
                    ended.createdAt(),
                    type,
                    WebhookPayload.of(
                            type, ended.finishedAt(), json.<ObjectNode>valueToTree(requireNonNull(views.get(job)))),
                    requireNonNull(ended.target())));
        });
        outbox.jobsEnded(messages);
        watchCosts(wanted.stream()
                .filter(job -> !requireNonNull(views.get(job)).cost().last())
                .toList());
    }

    private void watchCosts(List<JobId> open) {
        if (!open.isEmpty()) {
            jdbc.sql("INSERT INTO cost_watch (job_id) SELECT unnest(CAST(:ids AS uuid[])) ON CONFLICT DO NOTHING")
                    .param("ids", uuids(open))
                    .update();
        }
    }

    private static UUID[] uuids(Collection<JobId> jobs) {
        return jobs.stream().map(JobId::value).toArray(UUID[]::new);
    }

    /// A cost has settled that was open when the job's end was told.
    ///
    /// @param settled its `finishedAt` is when the cost was found final
    /// @return whether there is nothing more to tell: it was told, nobody wants to be, or the bill will
    ///     never be
    final boolean announceCost(JobId job, Ended settled) {
        if (settled.target() == null) {
            return true;
        }
        JobView view = view(job, settled);
        if (view.cost().last()) {
            write(job, SettledCosts.MESSAGE, settled, settled.target(), view);
        }
        return view.cost().last() || view.cost().unpriced();
    }

    private void writeMessage(JobId job, JobStatus status, Ended ended, WebhookTarget target) {
        JobView view = view(job, ended);
        write(job, status.webhookType(), ended, target, view);
        if (!view.cost().last()) {
            watchCost(job);
        }
    }

    private JobView view(JobId job, Ended ended) {
        return reader.find(ended.tenant(), job).orElseThrow().job();
    }

    private void write(JobId job, String type, Ended ended, WebhookTarget target, JobView view) {
        String payload = WebhookPayload.of(type, ended.finishedAt(), json.<ObjectNode>valueToTree(view));
        outbox.jobEnded(ended.tenant(), job, ended.createdAt(), type, payload, target);
    }

    /// Whoever is told that a cost is not final is told when it is.
    private void watchCost(JobId job) {
        jdbc.sql("INSERT INTO cost_watch (job_id) VALUES (:job) ON CONFLICT DO NOTHING")
                .param("job", job.value())
                .update();
    }
}
