package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows a submitted batch until it has ended. A poll bills nothing and finishes no job.
final class Following {

    private static final Logger log = LoggerFactory.getLogger(Following.class);

    /// A poll comes after this part of a batch's age, so that it is late by as much at most.
    private static final int PART_OF_AGE = 10;

    /// So much longer than a batch that is overdue one may take that was cancelled for it.
    private static final int GIVEN_UP = 4;

    private final BatchSteps steps;
    private final Lookup lookup;
    private final Troubles troubles;
    private final BatchMeters meters;
    private final BatchSettings settings;

    Following(BatchSteps steps, Lookup lookup, Troubles troubles, BatchMeters meters, BatchSettings settings) {
        this.steps = steps;
        this.lookup = lookup;
        this.troubles = troubles;
        this.meters = meters;
        this.settings = settings;
    }

    Next poll(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        String remoteId = Objects.requireNonNull(batch.remoteId(), "a submitted batch has a name at its provider");
        BatchExchange<Optional<RemoteBatch>> exchange = provider.find(remoteId);
        Failpoints.reach(Failpoint.BATCH_POLLED);
        return switch (exchange) {
            case BatchExchange.Failed<Optional<RemoteBatch>>(ProviderError error) -> troubles.again(batch, error);
            case BatchExchange.Done<Optional<RemoteBatch>>(Optional<RemoteBatch> found) ->
                found.isEmpty() ? missing(batch) : found(batch, provider, found.get());
        };
    }

    private Next found(ProviderBatchRow batch, BatchProvider provider, RemoteBatch remote) throws InterruptedException {
        if (remote.status().ended()) {
            return ended(batch, provider, remote);
        }
        Optional<ProviderBatchRow> polled = steps.polled(batch, remote);
        if (polled.isEmpty()) {
            return Next.DONE;
        }
        ProviderBatchRow row = polled.get();
        if (lookup.twinsMayCome(row)) {
            lookup.lookForTwins(row, provider);
        }
        Instant window = Objects.requireNonNullElse(
                row.remoteExpiresAt(),
                submitted(row).plus(provider.capabilities().window()));
        Duration overdue = Duration.between(window, row.readAt());
        if (overdue.compareTo(settings.overdueAfter().multipliedBy(GIVEN_UP)) > 0) {
            log.atWarn()
                    .addKeyValue("providerBatch", row.id())
                    .addKeyValue("status", row.remoteStatus())
                    .log("A batch goes on long after its window; it counts as vanished");
            return gone(row);
        }
        boolean cancel = row.cancelRequested() || overdue.compareTo(settings.overdueAfter()) > 0;
        return cancel && row.cancelledAt() == null && lookup.mayCancel(row, provider)
                ? cancel(row, provider)
                : new Next.Wait(interval(row));
    }

    private Next cancel(ProviderBatchRow batch, BatchProvider provider) throws InterruptedException {
        return switch (provider.cancel(Objects.requireNonNull(batch.remoteId()))) {
            case BatchExchange.Failed<Optional<RemoteBatch>>(ProviderError.Rejected rejected) -> {
                troubles.tell(batch, rejected); // it has just ended, most likely: the next poll says so
                yield new Next.Wait(settings.firstPoll());
            }
            case BatchExchange.Failed<Optional<RemoteBatch>>(ProviderError error) -> troubles.again(batch, error);
            case BatchExchange.Done<Optional<RemoteBatch>> _ ->
                steps.cancelling(batch)
                        .<Next>map(_ -> new Next.Wait(settings.firstPoll()))
                        .orElse(Next.DONE);
        };
    }

    private Next ended(ProviderBatchRow batch, BatchProvider provider, RemoteBatch remote) throws InterruptedException {
        if (batch.suspect()) {
            boolean looked = lookup.lookForTwins(batch, provider);
            if (lookup.mayStillBeMade(batch, provider, looked)) {
                return new Next.Wait(interval(batch)); // a twin must be known before its lines are accounted for
            }
        }
        Optional<ProviderBatchRow> ended = steps.ended(batch, remote);
        ended.ifPresent(row -> {
            meters.ended(row);
            log.atInfo()
                    .addKeyValue("providerBatch", row.id())
                    .addKeyValue("remote", row.remoteId())
                    .addKeyValue("as", row.endedAs())
                    .addKeyValue("code", row.errorCode())
                    .log("A provider batch has ended");
        });
        return Next.orDone(ended);
    }

    private Next missing(ProviderBatchRow batch) {
        Optional<ProviderBatchRow> missing = steps.missing(batch);
        if (missing.isEmpty()) {
            return Next.DONE;
        }
        ProviderBatchRow row = missing.get();
        Instant since = Objects.requireNonNullElse(row.missingSince(), row.readAt());
        if (Duration.between(since, row.readAt()).compareTo(settings.missingFor()) < 0) {
            return new Next.Wait(interval(row));
        }
        log.atWarn()
                .addKeyValue("providerBatch", row.id())
                .addKeyValue("remote", row.remoteId())
                .log("The provider knows nothing of a batch any more; its lines go again");
        return gone(row);
    }

    private Next gone(ProviderBatchRow batch) {
        Optional<ProviderBatchRow> vanished = steps.vanished(batch);
        vanished.ifPresent(meters::ended);
        return Next.orDone(vanished);
    }

    private Duration interval(ProviderBatchRow batch) {
        if (batch.state() == BatchState.CANCELLING) {
            return settings.firstPoll();
        }
        Duration part = Duration.between(submitted(batch), batch.readAt()).dividedBy(PART_OF_AGE);
        return Troubles.longer(settings.firstPoll(), Troubles.shorter(part, settings.longestPoll()));
    }

    /// How long after its submission a batch is first asked for.
    Duration first() {
        return settings.firstPoll();
    }

    private static Instant submitted(ProviderBatchRow batch) {
        return Objects.requireNonNullElse(batch.submittedAt(), batch.createdAt());
    }
}
