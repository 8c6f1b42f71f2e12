package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a provider batch as far as it gets: claim, step by step, until it has to wait.
final class ProviderBatchTask implements TaskHandler {

    private static final Logger log = LoggerFactory.getLogger(ProviderBatchTask.class);

    /// How soon to look again at a batch whose provider is not configured any more.
    private static final Duration UNCONFIGURED = Duration.ofMinutes(5);

    /// So often workers may die over a batch, one after another, as over a job.
    private static final int MOST_TAKEN_BACK = 5;

    /// Into so many it is taken apart then: a few rounds find the line.
    private static final int PARTS = 16;

    private final ProviderBatches batches;
    private final BatchSteps steps;
    private final Providers providers;
    private final Admission admission;
    private final Supplier<Submission> submissions;
    private final Lookup lookup;
    private final Following following;
    private final Reconciler reconciler;
    private final Primers primers;
    private final Troubles troubles;
    private final WorkerIdentity worker;
    private final Set<ProviderBatchId> held = ConcurrentHashMap.newKeySet();

    ProviderBatchTask(
            ProviderBatches batches,
            BatchSteps steps,
            Providers providers,
            Admission admission,
            Supplier<Submission> submissions,
            Lookup lookup,
            Following following,
            Reconciler reconciler,
            Primers primers,
            Troubles troubles,
            WorkerIdentity worker) {
        this.batches = batches;
        this.steps = steps;
        this.providers = providers;
        this.admission = admission;
        this.submissions = submissions;
        this.lookup = lookup;
        this.following = following;
        this.reconciler = reconciler;
        this.primers = primers;
        this.troubles = troubles;
        this.worker = worker;
    }

    @Override
    public TaskKind kind() {
        return TaskKind.PROVIDER_BATCH;
    }

    /// What this process is busy with.
    Collection<ProviderBatchId> held() {
        return Set.copyOf(held);
    }

    @Override
    public void run(Task task) throws InterruptedException {
        var id = new ProviderBatchId(task.id());
        if (!held.add(id)) {
            return; // a second task for a batch that this worker is busy with; its release has it woken again
        }
        try {
            Optional<ProviderBatchRow> claimed = batches.claim(id, worker.id());
            if (claimed.isPresent()) {
                steps(claimed.get());
            }
        } finally {
            held.remove(id);
        }
    }

    private void steps(ProviderBatchRow claimed) throws InterruptedException {
        ProviderBatchRow batch = claimed;
        try (Submission submission = submissions.get()) {
            Next next = new Next.Go(batch);
            while (next instanceof Next.Go(ProviderBatchRow row)) {
                batch = row;
                next = worker.mayStart() ? step(batch, submission) : new Next.Wait(Duration.ZERO);
            }
            if (next instanceof Next.Wait(Duration delay)) {
                batches.release(batch, delay);
            }
        } catch (InterruptedException taken) {
            batches.release(batch, Duration.ZERO);
            throw taken;
        } catch (IOException | RuntimeException fault) {
            failed(batch, fault);
        }
    }

    private Next step(ProviderBatchRow batch, Submission submission) throws IOException, InterruptedException {
        boolean ended = batch.state() == BatchState.ENDED || batch.state() == BatchState.RECONCILING;
        if (ended && batch.primerOf() == null) {
            return reconciler.reconcile(batch).<Next>map(Next.Wait::new).orElse(Next.DONE);
        }
        Optional<BatchProvider> configured = providers.of(batch.account());
        if (configured.isEmpty()) {
            return unconfigured(batch);
        }
        BatchProvider provider = configured.get();
        if (batch.takenBack() >= MOST_TAKEN_BACK && mayBeTakenApart(batch)) {
            return takenApart(batch);
        }
        return switch (batch.state()) {
            case CLOSED, WAITING_QUOTA -> admission.admit(batch, provider);
            case UPLOADING -> submission.uploading(batch, provider);
            case UPLOADED -> submission.uploaded(batch, provider);
            case CREATING -> lookup.look(batch, provider);
            case SUBMITTED, CANCELLING -> follow(batch, provider);
            case ENDED, RECONCILING -> primers.settle(batch, provider);
            case COLLECTING, RECONCILED, ABANDONED -> Next.DONE;
        };
    }

    /// As long as the provider cannot have anything of it.
    private static boolean mayBeTakenApart(ProviderBatchRow batch) {
        return !batch.suspect()
                && batch.primerOf() == null
                && switch (batch.state()) {
                    case CLOSED, WAITING_QUOTA, UPLOADING -> true;
                    case COLLECTING,
                            UPLOADED,
                            CREATING,
                            SUBMITTED,
                            CANCELLING,
                            ENDED,
                            RECONCILING,
                            RECONCILED,
                            ABANDONED -> false;
                };
    }

    /// Workers die over it: smaller ones, until the one line is left over which they do. That one goes back to
    /// the queue, where jobs that workers die over are counted.
    private Next takenApart(ProviderBatchRow batch) {
        log.atError()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("state", batch.state().wire())
                .addKeyValue("lines", batch.lines())
                .log("Workers die over a provider batch; it is taken apart");
        batches.troubled(batch, ErrorCode.WORKER_LOST.wire(), "workers died over this batch; it was taken apart");
        if (batch.lines() > 1) {
            steps.split(batch, Math.min(batch.lines(), PARTS));
            return Next.DONE;
        }
        return batch.state() == BatchState.UPLOADING
                ? Next.orDone(steps.refused(batch, ErrorCode.WORKER_LOST.wire(), "workers died over this line"))
                : disbanded(batch);
    }

    private Next disbanded(ProviderBatchRow batch) {
        steps.disband(batch);
        return Next.DONE;
    }

    private Next follow(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        boolean justMade = batch.polls() == 0 && batch.failures() == 0 && !due(batch);
        return justMade ? new Next.Wait(following.first()) : following.poll(batch, provider);
    }

    /// Its moment has come by the time it was claimed; one that this very claim has submitted waits for
    /// it.
    private boolean due(ProviderBatchRow batch) {
        return batch.submittedAt() != null
                && !batch.readAt().isBefore(batch.submittedAt().plus(following.first()));
    }

    private Next unconfigured(ProviderBatchRow batch) {
        log.atWarn()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("provider", batch.account().shownAs())
                .addKeyValue("state", batch.state().wire())
                .log("The account of a provider batch is not configured any more");
        boolean unsent = batch.state() == BatchState.CLOSED || batch.state() == BatchState.WAITING_QUOTA;
        if (unsent && !batch.suspect()) {
            steps.disband(batch);
            return Next.DONE;
        }
        batches.troubled(batch, "provider_not_configured", "the account is not configured any more");
        return new Next.Wait(UNCONFIGURED);
    }

    /// Something of ours failed, or the database is away. The batch stays where it is and goes on from
    /// there.
    private void failed(ProviderBatchRow batch, Exception fault) {
        log.atError()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("state", batch.state().wire())
                .setCause(fault)
                .log("A step of a provider batch failed for a reason of our own; it is made again");
        batches.troubled(batch, "internal_error", "a step failed for a reason of our own; the log says which");
        batches.release(batch, troubles.pause(batch));
    }
}
