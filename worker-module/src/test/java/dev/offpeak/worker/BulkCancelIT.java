package dev.offpeak.worker;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.batches.NewBatch;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.NumberedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.BulkLine;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.Tier;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// The cancel of a bulk on its way to the provider and back, through a whole worker.
class BulkCancelIT {

    private static final int LINES = 10;
    private static final int ANSWERED = 3;

    private final ScriptedBatches provider = new ScriptedBatches(ANSWERED);
    private final RunningWorker worker = RunningWorker.before(
            provider.baseUrl(),
            "--offpeak.feeder.own-from=1",
            "--offpeak.feeder.pause=200ms",
            "--offpeak.lanes.batch.first-poll=200ms");
    private final BatchStore batches = worker.context.getBean(BatchStore.class);
    private final IdGenerator ids = worker.context.getBean(IdGenerator.class);
    private final TransactionTemplate transaction =
            new TransactionTemplate(worker.context.getBean(PlatformTransactionManager.class));

    @AfterEach
    void stop() {
        worker.close();
        provider.close();
    }

    private NewBatch newBatch(int lines) {
        Instant now = batches.now();
        return new NewBatch(
                new BatchId(ids.next()),
                worker.tenant(),
                "classify",
                1,
                lines,
                0,
                Usd.of("0.01"),
                null,
                null,
                false,
                Map.of(),
                now,
                now.plus(Duration.ofDays(1)));
    }

    private BatchId accept(NewBatch batch) {
        var numbers = new NumberedIds(ids.next());
        var jobRows = new ByteArrayOutputStream();
        var inputRows = new ByteArrayOutputStream();
        var rows = new BulkRows(batch.id(), batch.createdAt(), batch.deadline(), jobRows, inputRows);
        try {
            for (int i = 0; i < batch.total(); i++) {
                rows.write(new BulkLine(
                        job(new JobId(numbers.of(i)), batch),
                        "line-" + i,
                        new LineEstimate(50, 100, 500, Usd.of("0.001"), Usd.of("0.001"))));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        transaction.executeWithoutResult(_ ->
                batches.accept(batch, new BatchStore.Rows(in(jobRows), in(inputRows), InputStream.nullInputStream())));
        return batch.id();
    }

    private static InputStream in(ByteArrayOutputStream rows) {
        return new ByteArrayInputStream(rows.toByteArray());
    }

    private JobSubmission job(JobId id, NewBatch batch) {
        return new JobSubmission(
                id,
                batch.tenant(),
                JobType.GENERATION,
                "classify",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, "bulk.")),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()),
                null,
                null,
                new Deadline.At(batch.deadline()),
                true,
                null,
                List.of(),
                Map.of());
    }

    private BatchView view(BatchId batch) {
        return batches.find(worker.tenant(), batch).orElseThrow();
    }

    private List<String> all(String sql, BatchId batch) {
        return worker.jdbc
                .sql(sql)
                .param(batch.value())
                .query((row, _) -> row.getString(1))
                .list();
    }

    @Test
    void aCancelledBulkReachesItsProviderBatchAndWhatRanIsBilled() {
        BatchId batch = accept(newBatch(LINES));
        await().until(
                        () -> all("SELECT state FROM provider_batch WHERE batch_id = ?", batch),
                        List.of("submitted")::equals);

        transaction.executeWithoutResult(_ -> batches.cancel(worker.tenant(), batch));
        await().until(
                        () -> all("SELECT state FROM provider_batch WHERE batch_id = ?", batch),
                        List.of("reconciled")::equals);

        assertThat(provider.cancels).hasValue(1);
        assertThat(provider.calls).as("nobody calls what was cancelled").hasValue(0);
        assertThat(all("SELECT ended_as FROM provider_batch WHERE batch_id = ?", batch))
                .containsExactly("cancelled");
        assertThat(all("""
                        SELECT line.state FROM provider_batch_line line JOIN provider_batch batch ON batch.id = provider_batch_id
                         WHERE batch.batch_id = ?
                        """, batch))
                .hasSize(LINES)
                .areExactly(ANSWERED, new Condition<>("ok"::equals, "ok"))
                .areExactly(LINES - ANSWERED, new Condition<>("cancelled"::equals, "cancelled"));
        assertThat(all(
                        "SELECT status || ' ' || overlap || ' ' || (billed_usd > 0) FROM ledger_entry WHERE batch_id = ?",
                        batch))
                .hasSize(ANSWERED)
                .containsOnly("confirmed false true");
        BatchView ended = await().until(() -> view(batch), found -> found.finishedAt() != null);
        assertThat(ended.status()).isEqualTo("cancelled");
        assertThat(ended.counts().cancelled()).isEqualTo(LINES);
        assertThat(requireNonNull(ended.cost()).last()).isTrue();
    }
}
