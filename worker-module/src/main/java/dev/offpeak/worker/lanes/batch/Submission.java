package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providerbatches.BatchQuota;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.BatchSteps.Creating;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.worker.engine.WorkerIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings a sealed batch to its provider: writes its input, uploads it, creates the batch. One of these
/// serves one claim and forgets, with its file, what it did; the row knows it.
///
/// A create is never repeated on suspicion. Once `creating` is committed the batch may exist, and only
/// [Lookup] says whether to try again.
final class Submission implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Submission.class);

    private static final Duration TURN = Duration.ofSeconds(1);

    /// So often a written input waits for another batch that is being created, before it is thrown away.
    private static final int TURNS = 60;

    /// So often a provider may not find a file that it has taken.
    private static final int MOST_LOST_FILES = 5;

    /// How soon after a create without an answer to look for the batch.
    private static final Duration FIRST_LOOK = Duration.ofMillis(500);

    /// @param batches the rows
    /// @param steps their moves
    record Parts(
            ProviderBatches batches,
            BatchSteps steps,
            BatchQuota quota,
            InputWriter inputs,
            Primers primers,
            Lookup lookup,
            Troubles troubles,
            BatchMeters meters,
            WorkerIdentity worker,
            Sleeper sleeper,
            LongSupplier nanos) {}

    private final Parts parts;
    private @Nullable Input input;

    Submission(Parts parts) {
        this.parts = parts;
    }

    Next uploading(ProviderBatchRow batch, BatchProvider provider) throws IOException, InterruptedException {
        boolean alone = !provider.capabilities().tags();
        if (alone && parts.steps().anotherIsCreated(batch)) {
            return new Next.Wait(TURN); // before the work of writing
        }
        if (batch.inputName() != null) {
            // Somebody else's try, or an earlier one: nobody knows what of it arrived.
            deleteUploads(batch, provider);
            return Next.orDone(parts.steps().again(batch));
        }
        return switch (write(batch, provider)) {
            case Writing.Stopped(Next next) -> next;
            case Writing.Written(var row, Input written) -> {
                Failpoints.reach(Failpoint.BATCH_FILE_WRITTEN);
                yield provider.capabilities().inputFiles()
                        ? upload(row, provider, written)
                        : create(row, provider, written);
            }
        };
    }

    private sealed interface Writing {
        record Written(ProviderBatchRow batch, Input input) implements Writing {}

        record Stopped(Next next) implements Writing {}
    }

    private Writing write(ProviderBatchRow batch, BatchProvider provider) throws IOException, InterruptedException {
        String name = batch.id() + "-" + batch.attempt() + ".jsonl";
        Input written;
        try {
            written =
                    parts.inputs().write(batch, provider, name, parts.primers().primed(batch));
        } catch (InputTooLarge tooLarge) {
            return new Writing.Stopped(tooLarge(batch, tooLarge));
        }
        input = written;
        if (!written.unsendable().isEmpty()) {
            log.atWarn()
                    .addKeyValue("providerBatch", batch.id())
                    .addKeyValue("lines", written.unsendable().size())
                    .log("Lines cannot be made into requests any more; their jobs go back to the queue");
            parts.steps().withdraw(batch, written.unsendable());
            if (written.file().lines() == 0) {
                parts.batches().move(batch, BatchState.ABANDONED);
                return new Writing.Stopped(Next.DONE);
            }
        }
        return parts.steps()
                .written(batch, name, written.sha256(), written.bytes())
                .<Writing>map(row -> new Writing.Written(row, written))
                .orElseGet(() -> new Writing.Stopped(Next.DONE));
    }

    private Next tooLarge(ProviderBatchRow batch, InputTooLarge why) {
        if (batch.lines() > 1) {
            log.atInfo()
                    .addKeyValue("providerBatch", batch.id())
                    .addKeyValue("lines", batch.lines())
                    .log("The input is larger than the provider takes; the batch is split");
            parts.steps().split(batch, 2);
            return Next.DONE;
        }
        return Next.orDone(parts.steps()
                .refused(batch, "input_too_large", Objects.requireNonNullElse(why.getMessage(), "too large")));
    }

    /// A file costs nothing and expires by itself: what cannot be deleted stays.
    private void deleteUploads(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        String name = batch.inputName();
        if (name == null || !provider.capabilities().inputFiles()) {
            return;
        }
        if (provider.uploaded(name) instanceof BatchExchange.Done<List<String>>(var files)) {
            for (String file : files) {
                provider.deleteInput(file);
            }
        }
    }

    private Next upload(ProviderBatchRow batch, BatchProvider provider, Input written) throws InterruptedException {
        return switch (provider.upload(written.file())) {
            case BatchExchange.Done<String>(String file) -> {
                Failpoints.reach(Failpoint.BATCH_UPLOADED);
                Optional<ProviderBatchRow> uploaded = parts.steps().uploaded(batch, file);
                yield uploaded.isPresent() ? create(uploaded.get(), provider, written) : Next.DONE;
            }
            case BatchExchange.Failed<String>(ProviderError error) -> notUploaded(batch, error);
        };
    }

    private Next notUploaded(ProviderBatchRow batch, ProviderError error) {
        return error instanceof ProviderError.Rejected(String code, String detail)
                ? refused(batch, code, detail)
                : later(batch, error);
    }

    /// State `uploaded` with a new owner. The old one cannot have created anything, for that it would
    /// have had to commit `creating`; but what lies there may be half of what was meant.
    Next uploaded(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        String file = batch.inputFileId();
        if (file != null && provider.deleteInput(file) instanceof BatchExchange.Failed<Boolean>(ProviderError error)) {
            parts.troubles().tell(batch, error);
        }
        return Next.orDone(parts.steps().again(batch));
    }

    private Next create(ProviderBatchRow batch, BatchProvider provider, Input written) throws InterruptedException {
        boolean alone = !provider.capabilities().tags();
        for (int turn = 1; ; turn++) {
            long asked = parts.nanos().getAsLong();
            switch (parts.steps().creating(batch, alone)) {
                case Creating.Go(var creating) -> {
                    return create(creating, asked, provider, written, batch.inputFileId());
                }
                case Creating.Lost _ -> {
                    return Next.DONE;
                }
                case Creating.AnotherIsCreated _ -> {
                    if (turn == TURNS) {
                        return new Next.Wait(TURN);
                    }
                    parts.sleeper().sleep(TURN);
                }
            }
        }
    }

    /// @param asked when `creating` was asked for: others reckon with a create that begins before they hold this
    ///     worker for dead. One that stalled for longer may have been given up, and beats again by now
    private Next create(
            ProviderBatchRow batch, long asked, BatchProvider provider, Input written, @Nullable String fileId)
            throws InterruptedException {
        Failpoints.reach(Failpoint.BATCH_CREATING);
        if (parts.nanos().getAsLong() - asked > parts.worker().deadAfter().toNanos()) {
            return orLater(batch, "worker_stalled", "the worker stalled; nothing was sent", Duration.ZERO);
        }
        if (!parts.worker().mayStart()) {
            return orLater(batch, "worker_cannot_beat", "the worker could not beat; nothing was sent", Duration.ZERO);
        }
        Failpoints.reach(Failpoint.BATCH_SENDING);
        BatchExchange<RemoteBatch> exchange;
        try {
            exchange = provider.create(new BatchCreation(
                    written.file(),
                    fileId,
                    batch.endpoint(),
                    Lookup.tag(batch),
                    parts.lookup().createWithin()));
        } catch (InterruptedException | RuntimeException e) {
            parts.steps().unanswered(batch, "interrupted", "the create was cut off");
            throw e;
        }
        return switch (exchange) {
            case BatchExchange.Done<RemoteBatch>(RemoteBatch remote) -> {
                Failpoints.reach(Failpoint.BATCH_CREATED);
                yield created(batch, remote);
            }
            case BatchExchange.Failed<RemoteBatch>(ProviderError error) -> notCreated(batch, error);
        };
    }

    private Next created(ProviderBatchRow batch, RemoteBatch remote) {
        Optional<ProviderBatchRow> submitted = parts.steps().created(batch, remote);
        if (submitted.isEmpty()) {
            return parts.lookup().tooLate(batch, remote);
        }
        Failpoints.reach(Failpoint.BATCH_SUBMITTED);
        parts.meters().submitted(batch);
        log.atInfo()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("remote", remote.id())
                .addKeyValue("provider", batch.account().shownAs())
                .addKeyValue("model", batch.model())
                .addKeyValue("lines", batch.lines())
                .log("A provider batch is submitted");
        // Not with this claim where somebody else has the batch by now: it follows it.
        return submitted.get().fence() == batch.fence() ? new Next.Go(submitted.get()) : Next.DONE;
    }

    private Next notCreated(ProviderBatchRow batch, ProviderError error) {
        return switch (error) {
            case ProviderError.RateLimited limited -> {
                if (EnqueuedLimit.isMeant(null, limited.detail())) {
                    full(batch, limited.detail());
                }
                yield later(batch, error);
            }
            case ProviderError.Unauthenticated _ -> later(batch, error);
            case ProviderError.Rejected(String code, String detail) -> rejected(batch, error, code, detail);
            default -> {
                // It may exist: a 5xx can come after the provider has made it.
                parts.troubles().tell(batch, error);
                parts.steps().unanswered(batch, error.code().wire(), error.detail());
                yield new Next.Wait(FIRST_LOOK);
            }
        };
    }

    private Next rejected(ProviderBatchRow batch, ProviderError error, String code, String detail) {
        if (EnqueuedLimit.isMeant(code, detail)) {
            full(batch, detail);
            return later(batch, error);
        }
        String text = detail.toLowerCase(Locale.ROOT);
        boolean lostFile = text.contains("file") && (text.contains("not find") || text.contains("no such file"));
        return lostFile && batch.failures() < MOST_LOST_FILES ? later(batch, error) : refused(batch, code, detail);
    }

    private void full(ProviderBatchRow batch, String detail) {
        parts.quota()
                .refused(
                        batch.account(),
                        batch.model(),
                        parts.lookup().provider(batch).capabilities().quotaUnit(),
                        EnqueuedLimit.learn(detail),
                        parts.troubles().pause(batch));
    }

    private Next refused(ProviderBatchRow batch, String code, String detail) {
        log.atWarn()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("state", batch.state().wire())
                .addKeyValue("code", code)
                .addKeyValue("detail", detail)
                .log("The provider refuses the batch as a whole; nothing of it ran");
        return Next.orDone(parts.steps().refused(batch, code, detail));
    }

    private Next later(ProviderBatchRow batch, ProviderError error) {
        parts.troubles().tell(batch, error);
        return orLater(
                batch, error.code().wire(), error.detail(), parts.troubles().pause(batch, error));
    }

    private Next orLater(ProviderBatchRow batch, String code, String detail, Duration pause) {
        return parts.steps()
                .sendLater(batch, code, detail)
                .<Next>map(_ -> new Next.Wait(pause))
                .orElse(Next.DONE);
    }

    @Override
    public void close() {
        if (input != null) {
            input.close();
            input = null;
        }
    }
}
