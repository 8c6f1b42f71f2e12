package dev.offpeak.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.batches.NewBatch;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.NumberedIds;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.BulkJobs;
import dev.offpeak.shared.jobs.BulkLine;
import dev.offpeak.shared.jobs.BulkRows;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.webhooks.WebhookTarget;
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
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.dao.DataIntegrityViolationException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Bulks whose lines are called one by one, from their upload to their end, by a whole worker.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BatchFeederIT {

    private static final WebhookTarget NOBODY_LISTENS = new WebhookTarget("http://127.0.0.1:9/hook", null);

    private final RunningWorker worker = new RunningWorker("--offpeak.feeder.alone=5", "--offpeak.feeder.pause=500ms");
    private final BatchStore batches = worker.context.getBean(BatchStore.class);
    private final JdbcClient inside = worker.context.getBean(JdbcClient.class);
    private final BatchFeeds feeds = worker.context.getBean(BatchFeeds.class);
    private final BulkJobs jobs = worker.context.getBean(BulkJobs.class);
    private final IdGenerator ids = worker.context.getBean(IdGenerator.class);
    private final TransactionTemplate transaction =
            new TransactionTemplate(worker.context.getBean(PlatformTransactionManager.class));

    @AfterAll
    void stop() {
        worker.close();
    }

    @BeforeEach
    void answer() {
        worker.provider.answerAtOnce();
    }

    private NewBatch newBatch(int lines, @Nullable Usd maxCost, @Nullable WebhookTarget webhook) {
        Instant now = batches.now();
        return new NewBatch(
                new BatchId(ids.next()),
                worker.tenant(),
                "classify",
                1,
                lines,
                0,
                Usd.of("0.01"),
                maxCost,
                webhook,
                false,
                Map.of(),
                now,
                now.plus(Duration.ofMinutes(15)));
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
                false,
                null,
                List.of(),
                Map.of());
    }

    private BatchView view(BatchId batch) {
        return batches.find(worker.tenant(), batch).orElseThrow();
    }

    private BatchView awaitEnd(BatchId batch) {
        return await().until(() -> view(batch), found -> found.finishedAt() != null);
    }

    @Test
    void callsEveryLineAndEndsTheBatchWithOneMessage() {
        BatchId batch = accept(newBatch(12, null, NOBODY_LISTENS));

        var ended = awaitEnd(batch);

        assertThat(ended.status()).isEqualTo("completed");
        assertThat(ended.counts().succeeded()).isEqualTo(12);
        assertThat(ended.progress()).isEqualTo(1);
        assertThat(jobs.landed(worker.tenant(), batch, ended.createdAt(), true, null))
                .extracting(line -> line.customId())
                .hasSize(12)
                .doesNotHaveDuplicates();
        var messages = worker.jdbc
                .sql("SELECT type || ' ' || convert_from(payload, 'UTF8') FROM webhook_message WHERE job_id = ?")
                .param(batch.value())
                .query(String.class)
                .list();
        assertThat(messages)
                .hasSize(1)
                .first()
                .asString()
                .startsWith("batch.completed")
                .contains("\"succeeded\":12");
    }

    @Test
    void cancelsWhatIsOpenWhileItIsFed() {
        worker.provider.hang();
        BatchId batch = accept(newBatch(30, null, null));
        await().until(() -> count("SELECT count(*) FROM job WHERE batch_id = ? AND status = 'running'", batch) > 0);

        transaction.executeWithoutResult(_ -> batches.cancel(worker.tenant(), batch));
        var ended = awaitEnd(batch);

        assertThat(ended.status()).isEqualTo("cancelled");
        assertThat(ended.counts().cancelled()).isEqualTo(30);
        assertThat(count("SELECT count(*) FROM batch_result WHERE batch_id = ?", batch))
                .as("every line has its result")
                .isEqualTo(30);
    }

    @Test
    void sendsNothingThatCouldCostMoreThanTheBatchMay() {
        BatchId batch = accept(newBatch(10, Usd.of("0.0005"), null));

        var ended = awaitEnd(batch);

        assertThat(ended.status()).isEqualTo("failed");
        assertThat(ended.stopped()).isEqualTo("max_cost_exceeded");
        assertThat(ended.counts().failed()).isEqualTo(10);
        assertThat(count("SELECT count(*) FROM call JOIN job ON job.id = call.job_id WHERE job.batch_id = ?", batch))
                .isZero();
        assertThat(count("SELECT count(*) FROM job WHERE batch_id = ? AND error_code = 'max_cost_exceeded'", batch))
                .isEqualTo(10);
    }

    @Test
    void callsMoreLinesOfABoundedBatchAsBillsComeIn() {
        BatchId batch = accept(newBatch(10, Usd.of("0.005"), null));

        var ended = awaitEnd(batch);

        assertThat(ended.counts().succeeded())
                .as("estimates would have allowed five, the bills are smaller")
                .isGreaterThan(5);
    }

    @Test
    void makesNoSecondAttemptForABatchThatHasSpentWhatItMay() {
        worker.provider.hang();
        BatchId batch = accept(newBatch(1, null, null));
        await().until(() -> count("SELECT count(*) FROM job WHERE batch_id = ? AND status = 'running'", batch) == 1);

        // as if its first attempt had failed in this moment
        int again = worker.jdbc.sql("""
                        WITH spent AS (UPDATE batch SET stopped = 'max_cost_exceeded' WHERE id = :batch)
                        UPDATE job SET status = 'queued', worker_id = NULL, claimed_at = NULL, fence = fence + 1, not_before = now()
                         WHERE batch_id = :batch AND status = 'running'
                        """).param("batch", batch.value()).update();

        assertThat(again).isEqualTo(1);
        assertThat(awaitEnd(batch).counts().failed()).isEqualTo(1);
        assertThat(count("SELECT count(*) FROM job WHERE batch_id = ? AND error_code = 'max_cost_exceeded'", batch))
                .isEqualTo(1);
    }

    @Test
    void leavesNothingOfABatchWhoseRowsAreNotWhole() {
        var batch = newBatch(3, null, null);

        assertThatThrownBy(() -> transaction.executeWithoutResult(_ -> batches.accept(
                        batch,
                        new BatchStore.Rows(
                                new ByteArrayInputStream("nonsense\n".getBytes(UTF_8)),
                                InputStream.nullInputStream(),
                                InputStream.nullInputStream()))))
                .isInstanceOfAny(DataIntegrityViolationException.class, RuntimeException.class);

        assertThat(batches.find(worker.tenant(), batch.id())).isEmpty();
    }

    @Test
    void aFeederThatWasTakenForDeadWritesNothing() {
        var batch = newBatch(1, null, null);
        BatchId id = accept(batch);
        awaitEnd(id);
        transaction.executeWithoutResult(
                _ -> { // as a whole: the worker of these tests is to see nothing of it
                    reopen(id);
                    var task = new Task(TaskKind.FEEDER, id.value(), 99, worker.tenant());
                    var stalled = feeds.claim(task, new WorkerId(ids.next()), Duration.ofSeconds(8))
                            .orElseThrow();

                    var newer = feeds.claim(
                            task, new WorkerId(ids.next()), Duration.ofSeconds(8)); // the first is no worker that lives

                    assertThat(newer).isPresent();
                    assertThat(feeds.lock(stalled)).isEmpty();
                    assertThat(feeds.lock(newer.get())).isPresent();
                    feeds.putBack(stalled, Duration.ofHours(1));
                    assertThat(inside.sql("SELECT worker_id IS NOT NULL FROM batch WHERE id = ?")
                                    .param(id.value())
                                    .query(Boolean.class)
                                    .single())
                            .isTrue();
                    assertThat(feeds.end(stalled)).isEmpty();
                    assertThat(feeds.end(feeds.lock(newer.get()).orElseThrow())).isPresent();
                });
    }

    /// As if it had one more thing to do; nobody is woken for it.
    private void reopen(BatchId batch) {
        inside.sql("""
                        UPDATE batch SET status = 'running', finished_at = NULL, counts = NULL, not_before = now(), task_id = ?
                         WHERE id = ?
                        """).params(UUID.randomUUID(), batch.value()).update();
    }

    @Test
    void goesOnAfterAFeederThatDiedBetweenTwoPortions() {
        var deaths = new AtomicInteger();
        try (var _ = Failpoints.arm(Map.of(Failpoint.FEED_WRITTEN, () -> {
            if (deaths.incrementAndGet() <= 2) {
                throw new IllegalStateException("died");
            }
        }))) {
            BatchId batch = accept(newBatch(8, null, null));

            assertThat(awaitEnd(batch).counts().succeeded()).isEqualTo(8);
        }
        assertThat(deaths.get()).isGreaterThan(2);
    }

    private int count(String sql, BatchId batch) {
        return worker.jdbc.sql(sql).param(batch.value()).query(Integer.class).single();
    }
}
