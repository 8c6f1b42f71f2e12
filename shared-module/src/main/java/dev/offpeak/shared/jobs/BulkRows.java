package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.Usd;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Writes lines of a bulk as rows that PostgreSQL takes by COPY, jobs and inputs apart: whoever has many of them has
/// them checked and written before a transaction begins.
///
/// The jobs wait for their feeder: they are not due, and nobody is woken for them.
public final class BulkRows {

    /// Takes what was written to `jobs`.
    public static final String COPY_JOBS = """
            COPY job (id, tenant_id, type, status, workflow, workflow_version, user_ref, feature, batch_id, tier, not_before,
                      deadline, created_at, may_wait) FROM STDIN
            """;

    /// Takes what was written to `inputs`.
    public static final String COPY_INPUTS = """
            COPY job_input (job_id, job_created_at, request, metadata, tags, webhook_url, webhook_secret, custom_id,
                            input_tokens, output_tokens, input_bytes, estimate_usd, call_estimate_usd) FROM STDIN
            """;

    private final BatchId batch;
    private final Instant createdAt;
    private final Instant deadline;
    private final OutputStream jobs;
    private final OutputStream inputs;
    private final GenerationRequestJson requests = new GenerationRequestJson();
    private final JsonMapper json = JsonMapper.builder().build();
    private final CopyRow row = new CopyRow();

    /// @param createdAt of all these jobs, by the database's clock
    /// @param deadline of the batch: none of its jobs has a later one
    public BulkRows(BatchId batch, Instant createdAt, Instant deadline, OutputStream jobs, OutputStream inputs) {
        this.batch = batch;
        this.createdAt = createdAt;
        this.deadline = deadline;
        this.jobs = jobs;
        this.inputs = inputs;
    }

    /// For one thread.
    public void write(BulkLine line) throws IOException {
        JobSubmission job = line.job();
        jobs.write(row.id(job.id().value())
                .id(job.tenant().value())
                .text(job.type().wire())
                .text(JobStatus.QUEUED.wire())
                .text(job.workflow())
                .number(job.workflowVersion())
                .text(job.user())
                .text(job.feature())
                .id(batch.value())
                .text(job.tier().wire())
                .text("infinity")
                .text(deadlineOf(job).toString())
                .text(createdAt.toString())
                .flag(job.mayWait())
                .end());
        inputs.write(row.id(job.id().value())
                .text(createdAt.toString())
                .text(requests.write(job.request()))
                .text(json.writeValueAsString(job.metadata()))
                .array(job.tags())
                .text(job.webhook() == null ? null : job.webhook().url())
                .bytes(secretOf(job))
                .text(line.customId())
                .number(line.estimate().inputTokens())
                .number(line.estimate().outputTokens())
                .number(line.estimate().bytes())
                .text(text(line.estimate().usd()))
                .text(text(line.estimate().callUsd()))
                .end());
    }

    private static @Nullable String text(@Nullable Usd usd) {
        return usd == null ? null : usd.toString();
    }

    private static byte @Nullable [] secretOf(JobSubmission job) {
        return job.webhook() == null ? null : job.webhook().sealedSecret();
    }

    private Instant deadlineOf(JobSubmission job) {
        Instant own = switch (job.deadline()) {
            case Deadline.At at -> at.instant();
            case Deadline.In in -> createdAt.plus(in.duration());
        };
        return own.isBefore(deadline) ? own : deadline;
    }
}
