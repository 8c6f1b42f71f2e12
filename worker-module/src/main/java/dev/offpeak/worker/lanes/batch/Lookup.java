package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.worker.engine.WorkerIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the provider for batches that we made without having seen it: to adopt the one that counts,
/// and to cancel what there is beyond it.
final class Lookup {

    private static final Logger log = LoggerFactory.getLogger(Lookup.class);

    private static final String TAG = "offpeak_batch";
    private static final String ATTEMPT_TAG = "offpeak_attempt";
    private static final Duration SHORTEST = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /// For so long a create that stalled is reckoned with.
    private static final Duration WATCHED = Duration.ofHours(24);

    private final Providers providers;
    private final ProviderBatches batches;
    private final BatchSteps steps;
    private final ProviderBatchTwins twins;
    private final Troubles troubles;
    private final BatchMeters meters;
    private final WorkerIdentity worker;
    private final BatchSettings settings;

    Lookup(
            Providers providers,
            ProviderBatches batches,
            BatchSteps steps,
            ProviderBatchTwins twins,
            Troubles troubles,
            BatchMeters meters,
            WorkerIdentity worker,
            BatchSettings settings) {
        this.providers = providers;
        this.batches = batches;
        this.steps = steps;
        this.twins = twins;
        this.troubles = troubles;
        this.meters = meters;
        this.worker = worker;
        this.settings = settings;
    }

    /// What a batch carries at its provider, where that keeps such.
    static Map<String, String> tag(ProviderBatchRow batch) {
        return Map.of(TAG, batch.id().toString(), ATTEMPT_TAG, Integer.toString(batch.attempt()));
    }

    BatchProvider provider(ProviderBatchRow batch) {
        return providers.of(batch.account()).orElseThrow();
    }

    /// State `creating`, and nobody knows whether the batch exists.
    Next look(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        return switch (provider.createdSince(since(batch, provider))) {
            case BatchExchange.Failed<List<RemoteBatch>>(ProviderError error) -> troubles.again(batch, error);
            case BatchExchange.Done<List<RemoteBatch>>(List<RemoteBatch> list) -> {
                List<RemoteBatch> ours = unknown(batch.account(), ours(batch, provider, list), false)
                        .orElse(List.of());
                yield ours.isEmpty() ? none(batch, provider) : adopt(batch, provider, ours);
            }
        };
    }

    /// Earlier creates of this intent are looked for as well.
    private Instant since(ProviderBatchRow batch, BatchProvider provider) {
        Instant creating = Objects.requireNonNullElse(batch.creatingAt(), batch.createdAt());
        Instant first = provider.capabilities().tags()
                ? Objects.requireNonNullElse(batch.closedAt(), batch.createdAt())
                : Objects.requireNonNullElse(batch.doubtedAt(), creating);
        return first.minus(settings.clockSkew());
    }

    /// Oldest first.
    private List<RemoteBatch> ours(ProviderBatchRow batch, BatchProvider provider, List<RemoteBatch> list) {
        return list.stream()
                .filter(remote -> provider.capabilities().tags()
                        ? batch.id().toString().equals(remote.tag().get(TAG))
                                || (batch.inputFileId() != null
                                        && batch.inputFileId().equals(remote.inputFileId()))
                        : ofItsSize(batch, remote) && !remote.createdAt().isBefore(since(batch, provider)))
                .sorted(Comparator.comparing(RemoteBatch::createdAt).thenComparing(RemoteBatch::id))
                .toList();
    }

    /// Between two creates lines may have been withdrawn.
    private static boolean ofItsSize(ProviderBatchRow batch, RemoteBatch remote) {
        int most = Objects.requireNonNullElse(batch.doubtedLines(), batch.lines());
        return remote.lines() >= batch.lines() && remote.lines() <= most;
    }

    private Optional<List<RemoteBatch>> unknown(ProviderAccount account, List<RemoteBatch> remotes, boolean atRest) {
        if (remotes.isEmpty()) {
            return Optional.of(List.of());
        }
        Optional<Collection<String>> unknown =
                steps.unknown(account, remotes.stream().map(RemoteBatch::id).toList(), atRest);
        return unknown.map(ids ->
                remotes.stream().filter(remote -> ids.contains(remote.id())).toList());
    }

    private Next adopt(ProviderBatchRow batch, BatchProvider provider, List<RemoteBatch> ours)
            throws InterruptedException {
        RemoteBatch oldest = ours.getFirst();
        if (!provider.capabilities().tags() && steps.doubted(batch).isEmpty()) {
            return Next.DONE;
        }
        Optional<ProviderBatchRow> adopted = steps.created(batch, oldest);
        if (adopted.isEmpty()) {
            return Next.DONE; // its maker was faster, or somebody else holds it
        }
        meters.submitted(batch);
        log.atInfo()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("remote", oldest.id())
                .log("Found the batch of a create whose answer was not seen; it is adopted");
        if (oursForSure(provider)) {
            for (RemoteBatch twin : ours.subList(1, ours.size())) {
                twin(batch, provider, twin.id());
            }
        }
        return new Next.Go(adopted.get());
    }

    private Next none(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        Duration left = Duration.between(batch.readAt(), sure(batch));
        if (left.isPositive()) {
            Duration age =
                    Duration.between(Objects.requireNonNullElse(batch.creatingAt(), batch.createdAt()), batch.readAt());
            Duration growing = Troubles.longer(SHORTEST, Troubles.shorter(age.dividedBy(4), LONGEST));
            return new Next.Wait(Troubles.longer(SHORTEST, Troubles.shorter(growing, left)));
        }
        String file = batch.inputFileId();
        if (file != null && provider.deleteInput(file) instanceof BatchExchange.Failed<Boolean>(ProviderError error)) {
            return troubles.again(batch, error); // while the file is there, a stalled create could still use it
        }
        log.atWarn()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("attempt", batch.attempt())
                .log("No batch came of a create whose answer was not seen; it is submitted anew");
        return Next.orDone(steps.again(batch));
    }

    /// From when on a batch that is not to be seen does not exist. Whose create nobody saw the end of may
    /// be stalled.
    private Instant sure(ProviderBatchRow batch) {
        Instant unanswered = batch.unanswered();
        return unanswered != null
                ? unanswered.plus(settings.settleFor())
                : Objects.requireNonNullElse(batch.creatingAt(), batch.createdAt())
                        .plus(worker.deadAfter())
                        .plus(settings.createWithin())
                        .plus(settings.settleFor());
    }

    /// A create has made a batch after somebody else had given it up.
    Next tooLate(ProviderBatchRow batch, RemoteBatch remote) {
        boolean adopted = batches.find(batch.id())
                .map(row -> remote.id().equals(row.remoteId()))
                .orElse(false);
        if (!adopted) {
            found(batch, remote.id());
        }
        return Next.DONE;
    }

    /// Looks for batches beyond the one that counts, where there may be some.
    ///
    /// @return false where that cannot be said now
    boolean lookForTwins(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        if (!oursForSure(provider)) {
            return true; // what was found would be nobody's to cancel
        }
        if (!(provider.createdSince(since(batch, provider))
                instanceof BatchExchange.Done<List<RemoteBatch>>(List<RemoteBatch> list))) {
            return false;
        }
        List<RemoteBatch> ours = ours(batch, provider, list).stream()
                .filter(remote -> !remote.id().equals(batch.remoteId()))
                .toList();
        // Without tags an unknown batch of our size may be one that another row is about to hear of.
        boolean atRest = !provider.capabilities().tags();
        Optional<List<RemoteBatch>> unknown = unknown(batch.account(), ours, atRest);
        for (RemoteBatch twin : unknown.orElse(List.of())) {
            twin(batch, provider, twin.id());
        }
        return unknown.isPresent();
    }

    /// For how long after its submission another batch of the same intent may turn up.
    boolean twinsMayCome(ProviderBatchRow batch) {
        Instant submitted = batch.submittedAt();
        return batch.suspect()
                && submitted != null
                && batch.readAt()
                        .isBefore(submitted.plus(settings.createWithin()).plus(settings.settleFor()));
    }

    /// Whether the end of a batch is too early to say that there is no other. Where an input is a file it was
    /// deleted before the batch was submitted anew, and a create that stalled can make nothing of it; else
    /// such a create may still arrive for as long as one may take.
    ///
    /// @param looked whether the provider has just been asked
    boolean mayStillBeMade(ProviderBatchRow batch, BatchProvider provider, boolean looked) {
        Instant submitted = batch.submittedAt();
        if (!batch.suspect() || submitted == null) {
            return false;
        }
        Duration most = settings.createWithin().plus(settings.settleFor());
        boolean anotherWasSent = batch.doubtedAt() != null;
        Duration wait =
                !anotherWasSent ? Duration.ZERO : provider.capabilities().inputFiles() ? settings.settleFor() : most;
        return batch.readAt().isBefore(submitted.plus(looked ? wait : most));
    }

    /// How long a create may take until it is given up.
    Duration createWithin() {
        return settings.createWithin();
    }

    /// Whether what looks like ours is ours.
    private boolean oursForSure(BatchProvider provider) {
        return provider.capabilities().tags() || settings.anthropicAccountIsOursAlone();
    }

    /// Whether the batch may be stopped at its provider: not while it may be somebody else's that was taken
    /// for ours. Its custom ids tell, at its end.
    boolean mayCancel(ProviderBatchRow batch, BatchProvider provider) {
        return oursForSure(provider) || !batch.suspect();
    }

    private void twin(ProviderBatchRow batch, BatchProvider provider, String remoteId) throws InterruptedException {
        if (found(batch, remoteId)) {
            cancel(batch, provider, remoteId);
        }
    }

    private boolean found(ProviderBatchRow batch, String remoteId) {
        boolean isNew = twins.found(batch.id(), remoteId);
        if (isNew) {
            meters.twin(batch);
            log.atWarn()
                    .addKeyValue("providerBatch", batch.id())
                    .addKeyValue("remote", remoteId)
                    .log("The provider made a second batch of one intent; it is cancelled and declared as overlap");
        }
        return isNew;
    }

    /// Cancels twins that no provider has been told of yet.
    void cancelTwins(int limit) throws InterruptedException {
        for (ProviderBatchTwins.Twin twin : twins.toCancel(limit)) {
            ProviderBatchRow batch = batches.find(twin.batch()).orElseThrow();
            Optional<BatchProvider> provider = providers.of(batch.account());
            if (provider.isPresent()) {
                cancel(batch, provider.get(), twin.remoteId());
            }
        }
    }

    /// Goes on looking for twins of batches of which a create was given up without a file whose deletion
    /// would have stopped it, whatever became of them: whoever stalled in the middle of sending it may wake
    /// much later, and die before it can say what it made. One listing an account serves all of them.
    void watchForTwins(int limit) throws InterruptedException {
        for (ProviderAccount account : providers.accounts()) {
            BatchProvider provider = providers.of(account).orElseThrow();
            if (!provider.capabilities().inputFiles() && oursForSure(provider)) {
                watch(provider, account, twins.doubted(account, WATCHED, limit));
            }
        }
    }

    private void watch(BatchProvider provider, ProviderAccount account, List<ProviderBatchRow> doubted)
            throws InterruptedException {
        if (doubted.isEmpty()) {
            return;
        }
        Instant since = doubted.stream()
                .map(batch -> since(batch, provider))
                .min(Comparator.naturalOrder())
                .orElseThrow();
        if (!(provider.createdSince(since) instanceof BatchExchange.Done<List<RemoteBatch>>(List<RemoteBatch> list))) {
            return; // the next round asks again
        }
        var left = new ArrayList<>(
                unknown(account, list, !provider.capabilities().tags()).orElse(List.of()));
        for (ProviderBatchRow batch : doubted) {
            for (RemoteBatch twin : ours(batch, provider, left)) {
                twin(batch, provider, twin.id());
                left.remove(twin);
            }
        }
    }

    private void cancel(ProviderBatchRow batch, BatchProvider provider, String remoteId) throws InterruptedException {
        switch (provider.cancel(remoteId)) {
            case BatchExchange.Done<Optional<RemoteBatch>> _ -> {
                Failpoints.reach(Failpoint.TWIN_CANCELLED);
                twins.cancelled(batch.id(), remoteId);
            }
            case BatchExchange.Failed<Optional<RemoteBatch>>(ProviderError error) -> troubles.tell(batch, error);
        }
    }
}
