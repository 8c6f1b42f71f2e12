package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.GenerationRequestJson;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.Tier;
import java.sql.Types;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Jobs as rows, made without the way that leads to them.
public final class SomeJobs {

    private final JdbcClient jdbc;
    private final IdGenerator ids;
    private final TenantId tenant;
    private final GenerationRequestJson json = new GenerationRequestJson();

    public SomeJobs(JdbcClient jdbc, IdGenerator ids) {
        this.jdbc = jdbc;
        this.ids = ids;
        this.tenant = new TenantId(ids.next());
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:id, 'acme')")
                .param("id", tenant.value())
                .update();
    }

    public TenantId tenant() {
        return tenant;
    }

    public WorkerId aliveWorker() {
        var id = new WorkerId(ids.next());
        jdbc.sql("INSERT INTO worker (id, host, pid, version) VALUES (:id, 'here', 1, 'test')")
                .param("id", id.value())
                .update();
        return id;
    }

    public static GenerationRequest request(String prompt) {
        return new GenerationRequest(
                List.of(new ChatMessage(ChatMessage.Role.USER, prompt)),
                null,
                List.of(),
                "auto",
                "default",
                null,
                null,
                100,
                null,
                new ResponseFormat.Text());
    }

    /// A job that a worker has claimed.
    public ClaimedJob running(WorkerId worker, String prompt) {
        var id = new JobId(ids.next());
        insert(id, null, prompt, "running");
        OffsetDateTime created = jdbc.sql("""
                UPDATE job SET worker_id = :worker, claimed_at = now(), fence = 1, attempts = 1
                 WHERE id = :id RETURNING created_at
                """)
                .param("worker", worker.value())
                .param("id", id.value())
                .query(OffsetDateTime.class)
                .single();
        return new ClaimedJob(
                id,
                created.toInstant(),
                tenant,
                1,
                worker,
                1,
                false,
                "classify",
                1,
                Tier.FAST,
                null,
                null,
                null,
                Duration.ZERO,
                Duration.ofMinutes(15),
                true,
                false,
                request(prompt));
    }

    /// A line of a bulk that waits for its feeder.
    public BulkCollector.Line queued(BatchId bulk, String prompt) {
        var id = new JobId(ids.next());
        insert(id, bulk, prompt, "queued");
        OffsetDateTime created = jdbc.sql("SELECT created_at FROM job WHERE id = :id")
                .param("id", id.value())
                .query(OffsetDateTime.class)
                .single();
        return new BulkCollector.Line(
                id, created.toInstant(), created.toInstant().plusSeconds(900), 10, 100, null, prompt.length() + 200L);
    }

    private void insert(JobId id, @Nullable BatchId bulk, String prompt, String status) {
        jdbc.sql("""
                WITH made AS (
                    INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, tier, deadline, batch_id, worker_id)
                    VALUES (:id, :tenant, 'generation', :status, 'classify', 1, 'fast', now() + interval '15 minutes', :bulk,
                            CASE WHEN :status = 'running' THEN gen_random_uuid() END)
                    RETURNING id, created_at)
                INSERT INTO job_input (job_id, job_created_at, request)
                SELECT id, created_at, CAST(:request AS jsonb) FROM made
                """)
                .param("id", id.value())
                .param("tenant", tenant.value())
                .param("status", status)
                .param("bulk", bulk == null ? null : bulk.value(), Types.OTHER)
                .param("request", json.write(request(prompt)))
                .update();
    }

    public String status(JobId job) {
        return jdbc.sql("SELECT status || coalesce(' ' || wait_reason, '') FROM job WHERE id = :id")
                .param("id", job.value())
                .query(String.class)
                .single();
    }

    /// States of a batch's lines in the order of their numbers.
    public List<String> lines(ProviderBatchRow batch) {
        return jdbc.sql("SELECT state FROM provider_batch_line WHERE provider_batch_id = :id ORDER BY number")
                .param("id", batch.id().value())
                .query((row, _) -> row.getString("state"))
                .list();
    }
}
