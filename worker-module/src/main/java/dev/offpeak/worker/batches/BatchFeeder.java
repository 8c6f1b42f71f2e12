package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.BatchStatus;
import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.BulkJobs;
import dev.offpeak.shared.jobs.JobStatus;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionOperations;

/// One look at a batch: hands on what may go, ends what must not, and ends the batch when nothing of it is open. Then
/// it is put back until the next look.
final class BatchFeeder implements TaskHandler {

    private static final Logger LOG = LoggerFactory.getLogger(BatchFeeder.class);

    /// Lines that end in one transaction: each may bring a message.
    private static final int CHUNK = 500;

    private final BatchFeeds feeds;
    private final BulkJobs jobs;
    private final HandingOn handingOn;
    private final TransactionOperations transaction;
    private final WorkerIdentity worker;
    private final FeederSettings settings;
    private final MeterRegistry registry;

    BatchFeeder(
            BatchFeeds feeds,
            BulkJobs jobs,
            HandingOn handingOn,
            TransactionOperations transaction,
            WorkerIdentity worker,
            FeederSettings settings,
            MeterRegistry registry) {
        this.feeds = feeds;
        this.jobs = jobs;
        this.handingOn = handingOn;
        this.transaction = transaction;
        this.worker = worker;
        this.settings = settings;
        this.registry = registry;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.FEEDER;
    }

    @Override
    public void run(Task task) {
        feeds.claim(task, worker.id(), worker.deadAfter()).ifPresent(this::hold);
    }

    private void hold(ClaimedBatch batch) {
        Duration pause = settings.pause();
        try {
            pause = look(batch);
        } finally {
            feeds.putBack(batch, pause);
        }
    }

    /// @return how long nothing of it need be looked at
    private Duration look(ClaimedBatch batch) {
        long until = System.nanoTime() + settings.pass().toNanos();
        Duration pause = switch (batch.status()) {
            case CANCELLING -> cancel(batch, until);
            case RUNNING -> batch.stopped() ? failRest(batch, until) : handOn(batch, until);
            case COMPLETED, FAILED, CANCELLED, EXPIRED -> settings.pause();
        };
        if (!feeds.open(batch.id())) {
            transaction.execute(_ -> feeds.lock(batch).flatMap(feeds::end)).ifPresent(status -> ended(batch, status));
        }
        return pause;
    }

    private Duration handOn(ClaimedBatch batch, long until) {
        return switch (handingOn.go(batch, until)) {
            case HandingOn.Went.ALL, HandingOn.Went.WAITS -> settings.pause();
            case HandingOn.Went.WAITS_ALONE -> settings.alonePause();
            case HandingOn.Went.MORE -> Duration.ZERO;
            case HandingOn.Went.LOST -> settings.pause();
            case HandingOn.Went.TOO_DEAR -> {
                LOG.atInfo()
                        .addKeyValue("batch", batch.id())
                        .log("The batch has reached its max_cost_usd; the lines that still wait fail");
                yield failRest(batch, until);
            }
        };
    }

    private Duration cancel(ClaimedBatch batch, long until) {
        transaction.execute(_ -> feeds.lock(batch).map(held -> feeds.cancelAtProviders(held.id())));
        return inChunks(batch, until, JobStatus.CANCELLED, "none", () -> jobs.cancel(batch.id(), CHUNK));
    }

    private Duration failRest(ClaimedBatch batch, long until) {
        var why = ErrorCode.MAX_COST_EXCEEDED;
        return inChunks(
                batch,
                until,
                JobStatus.FAILED,
                why.wire(),
                () -> jobs.failUnfed(
                        batch.id(), why, "the batch's max_cost_usd was used up before this line could be sent", CHUNK));
    }

    private Duration inChunks(ClaimedBatch batch, long until, JobStatus status, String code, IntSupplier chunk) {
        int ended = CHUNK;
        while (ended == CHUNK && System.nanoTime() < until) {
            ended = transaction.execute(
                    _ -> feeds.lock(batch).map(_ -> chunk.getAsInt()).orElse(0));
            Metric.JOBS_FINISHED.counter(registry, status.wire(), "none", code).increment(ended);
        }
        return ended == CHUNK ? Duration.ZERO : settings.pause();
    }

    private void ended(ClaimedBatch batch, BatchStatus status) {
        Metric.BULKS_ENDED.counter(registry, status.wire()).increment();
        LOG.atInfo()
                .addKeyValue("batch", batch.id())
                .addKeyValue("status", status.wire())
                .log("The batch has ended");
    }
}
