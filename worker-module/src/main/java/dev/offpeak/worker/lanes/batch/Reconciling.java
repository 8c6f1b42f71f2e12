package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.BatchQuota;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.CustomId;
import dev.offpeak.shared.providerbatches.LineEnd;
import dev.offpeak.shared.providerbatches.LineSettlement;
import dev.offpeak.shared.providerbatches.LineSettlement.TwinLine;
import dev.offpeak.shared.providerbatches.LineState;
import dev.offpeak.shared.providerbatches.OpenLine;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providerbatches.ReconcileReport;
import dev.offpeak.shared.providerbatches.ReconcileReports;
import dev.offpeak.shared.providerbatches.RefusedBatches;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.lanes.RetryRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads what an ended batch brought, settles its lines, and closes its account. Every step may be
/// repeated.
final class Reconciling implements Reconciler {

    private static final Logger log = LoggerFactory.getLogger(Reconciling.class);

    /// After it a twin has had its window, and its results have had theirs.
    static final Duration TWIN_GRACE = Duration.ofHours(26);

    private static final Duration A_MINUTE = Duration.ofMinutes(1);
    private static final Duration LONGEST_QUOTA_PAUSE = Duration.ofMinutes(10);

    /// So often results are read that are not whole, before what is missing is given up.
    private static final int MOST_READS = 5;

    /// Of a limit that a provider names, what a child may use of it: our count and theirs may differ.
    private static final int PERCENT_OF_LIMIT = 90;

    private final ProviderBatches batches;
    private final ProviderBatchTwins twins;
    private final LineSettlement lines;
    private final RefusedBatches refusals;
    private final BatchSteps steps;
    private final BatchQuota quota;
    private final ReconcileReports reports;
    private final Function<ProviderAccount, Optional<BatchProvider>> providers;
    private final Charges charges;
    private final LineJudge judge;
    private final RetryRule retries;
    private final ReconcileSettings settings;
    private final ReconcileMeters meters;

    /// What reconciling reads and writes.
    record Stores(
            ProviderBatches batches,
            ProviderBatchTwins twins,
            LineSettlement lines,
            RefusedBatches refusals,
            BatchSteps steps,
            BatchQuota quota,
            ReconcileReports reports) {}

    /// @param providers by account; empty where an account is not, or no longer, the one that is configured
    Reconciling(
            Stores stores,
            Function<ProviderAccount, Optional<BatchProvider>> providers,
            Charges charges,
            LineJudge judge,
            RetryRule retries,
            ReconcileSettings settings,
            ReconcileMeters meters) {
        this.batches = stores.batches();
        this.twins = stores.twins();
        this.lines = stores.lines();
        this.refusals = stores.refusals();
        this.steps = stores.steps();
        this.quota = stores.quota();
        this.reports = stores.reports();
        this.providers = providers;
        this.charges = charges;
        this.judge = judge;
        this.retries = retries;
        this.settings = settings;
        this.meters = meters;
    }

    @Override
    public Optional<Duration> reconcile(ProviderBatchRow batch) throws InterruptedException {
        Optional<ProviderBatchRow> held =
                batch.state() == BatchState.ENDED ? batches.move(batch, BatchState.RECONCILING) : Optional.of(batch);
        if (held.isEmpty()) {
            return Optional.empty();
        }
        try {
            return reconcileHeld(held.get());
        } catch (ResultReader.ClaimLost _) {
            log.atInfo().addKeyValue("batch", batch.id()).log("A newer claim holds the batch; this one lets go");
            return Optional.empty();
        }
    }

    private Optional<Duration> reconcileHeld(ProviderBatchRow batch) throws InterruptedException {
        if (providers.apply(batch.account()).isEmpty()) {
            batches.troubled(
                    batch,
                    ErrorCode.PROVIDER_NOT_CONFIGURED.wire(),
                    "results can be read once the account is configured again");
            return Optional.of(A_MINUTE);
        }
        if ("failed".equals(batch.endedAs())) {
            return refused(batch);
        }
        String remoteId = batch.remoteId();
        if (remoteId == null) {
            return settleRest(batch, reader(batch), LineState.LOST, null);
        }
        return switch (provider(batch).find(remoteId)) {
            case BatchExchange.Failed<Optional<RemoteBatch>> failed -> later(batch, failed.error());
            case BatchExchange.Done<Optional<RemoteBatch>> done ->
                done.value().isPresent() ? found(batch, done.value().get()) : gone(batch);
        };
    }

    /// One that was given up may have come to its end since, or show a part of its results.
    private Optional<Duration> found(ProviderBatchRow batch, RemoteBatch remote) throws InterruptedException {
        boolean nothingToRead = !remote.status().ended() && remote.outputFileId() == null;
        return "vanished".equals(batch.endedAs()) && nothingToRead
                ? settleRest(batch, reader(batch), LineState.LOST, remote)
                : results(batch, remote);
    }

    /// A 404 may be a moment's.
    private Optional<Duration> gone(ProviderBatchRow batch) throws InterruptedException {
        return !"vanished".equals(batch.endedAs()) && mayStillShow(batch)
                ? Optional.of(settings.retryAfter())
                : settleRest(batch, reader(batch), LineState.LOST, null);
    }

    /// Counts from the first of refusals in a row, not from the batch's end: that may be long ago when we
    /// come to read.
    private boolean mayStillShow(ProviderBatchRow batch) {
        return batches.unread(batch).compareTo(settings.resultsGrace()) < 0;
    }

    private Optional<Duration> results(ProviderBatchRow batch, RemoteBatch remote) throws InterruptedException {
        if (filesLag(since(batch), remote)) {
            return Optional.of(settings.retryAfter());
        }
        ResultReader reader = reader(batch);
        switch (provider(batch).results(remote, reader)) {
            case BatchExchange.Failed<Integer> failed -> {
                boolean readOftenEnough =
                        failed.error() instanceof ProviderError.Rejected || batch.failures() >= MOST_READS;
                if (!mayStayUnread(failed.error()) || !readOftenEnough || mayStillShow(batch)) {
                    return later(batch, failed.error());
                }
                log.atError()
                        .addKeyValue("batch", batch.id())
                        .addKeyValue("reason", failed.error().detail())
                        .log(
                                "A provider shows no whole results of an ended batch; what is missing is given up as lost");
            }
            case BatchExchange.Done<Integer> _ -> {
                if (batch.missingSince() != null) {
                    batches.read(batch);
                }
            }
        }
        reader.end();
        if (reader.heldUp() > 0) {
            return Optional.of(A_MINUTE);
        }
        if (reader.read() == 0
                && reader.unknown() > 0
                && !provider(batch).capabilities().tags()) {
            return release(batch, remote, reader.another());
        }
        if (reader.read() < remote.completed() + remote.failed() && since(batch).compareTo(settings.errorGrace()) < 0) {
            return Optional.of(settings.retryAfter()); // it counts lines that its files do not show yet
        }
        return settleRest(batch, reader, restOf(batch), remote);
    }

    /// Results that are gone, or are cut off within a line: what an archive or a broken file shows to every
    /// reader. An outage is waited for.
    ///
    /// @param since the batch has ended
    private boolean willStaySo(Duration since, ProviderError error) {
        return mayStayUnread(error) && since.compareTo(settings.resultsGrace()) >= 0;
    }

    /// Whether the provider has answered and asking again may bring no other answer; outages are waited for.
    private static boolean mayStayUnread(ProviderError error) {
        return error instanceof ProviderError.Rejected || error instanceof ProviderError.Malformed;
    }

    /// It was taken for this batch's by its size and its time, and none of its custom ids is: it is somebody
    /// else's, or the twin of another one of ours. This batch's own is looked for anew.
    private Optional<Duration> release(ProviderBatchRow batch, RemoteBatch remote, Optional<ProviderBatchId> named) {
        Optional<ProviderBatchId> owner = owner(batch, named);
        if (!steps.released(batch, owner.orElse(null))) {
            return Optional.of(settings.retryAfter());
        }
        log.atWarn()
                .addKeyValue("batch", batch.id())
                .addKeyValue("remote", remote.id())
                .addKeyValue("owner", owner.orElse(null))
                .log(
                        "A batch that was adopted is not this one's; it is left to its owner, and this one's is looked for anew");
        return Optional.of(Duration.ZERO);
    }

    /// @param named by custom ids
    /// @return empty where it is no batch of ours
    private Optional<ProviderBatchId> owner(ProviderBatchRow batch, Optional<ProviderBatchId> named) {
        return named.flatMap(batches::find)
                .filter(other -> other.account().equals(batch.account()))
                .map(ProviderBatchRow::id);
    }

    /// Ended, and yet what its counts promise is nowhere to be read.
    private boolean filesLag(Duration since, RemoteBatch remote) {
        boolean answers = remote.completed() > 0 && remote.outputFileId() == null;
        boolean errors = remote.failed() > 0 && remote.errorFileId() == null && remote.outputFileId() == null;
        return (answers && since.compareTo(settings.outputGrace()) < 0)
                || (errors && since.compareTo(settings.errorGrace()) < 0);
    }

    private static LineState restOf(ProviderBatchRow batch) {
        return switch (batch.endedAs()) {
            case "expired" -> LineState.EXPIRED;
            case "cancelled" -> LineState.CANCELLED;
            case null, default -> LineState.LOST;
        };
    }

    /// @param remote null where the provider shows nothing of it
    private Optional<Duration> settleRest(
            ProviderBatchRow batch, ResultReader reader, LineState state, @Nullable RemoteBatch remote)
            throws InterruptedException {
        reader.settleUnseen(remote == null ? batch.remoteCompleted() : remote.completed());
        while (reader.settleRest(state)) {
            if (Thread.interrupted()) {
                throw new InterruptedException("stopped while settling the rest");
            }
        }
        if (reader.heldUp() > 0) {
            return Optional.of(A_MINUTE);
        }
        Failpoints.reach(Failpoint.RECONCILE_DONE);
        return finish(batch, reader, remote);
    }

    private Optional<Duration> finish(ProviderBatchRow batch, ResultReader reader, @Nullable RemoteBatch remote) {
        ReconcileReport report = reports.write(
                batch,
                reader.duplicates(),
                reader.unknown(),
                reader.unreadable(),
                remote == null ? null : remote.usage());
        if (batches.move(batch, BatchState.RECONCILED).isPresent()) {
            meters.reported(batch, report);
            log.atInfo()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("lines", report.lines())
                    .addKeyValue("residue", report.residue())
                    .log("A provider batch is reconciled");
        }
        return Optional.empty();
    }

    private ResultReader reader(ProviderBatchRow batch) {
        return new ResultReader(batch, lines, judge, retries.maxAttempts(), meters);
    }

    private BatchProvider provider(ProviderBatchRow batch) {
        return providers
                .apply(batch.account())
                .orElseThrow(() -> new IllegalStateException("no batch API of " + batch.account()));
    }

    private Optional<Duration> later(ProviderBatchRow batch, ProviderError error) {
        batches.troubled(batch, error.code().wire(), error.detail());
        return Optional.of(
                error instanceof ProviderError.RateLimited limited
                        ? limited.retryAfter().orElse(settings.retryAfter())
                        : settings.retryAfter());
    }

    /// How long the batch has ended, on the database's clock.
    private static Duration since(ProviderBatchRow batch) {
        return batch.endedAt() == null ? Duration.ZERO : Duration.between(batch.endedAt(), batch.readAt());
    }

    // Twins: what the provider made of the same intent, was told to stop, and may have run all the same.

    /// Accounts for twins of batches that are reconciled: those wait for none, whose end may be far off.
    void settleLateTwins(int limit) throws InterruptedException {
        for (ProviderBatchTwins.Twin twin : twins.late(limit)) {
            Optional<ProviderBatchRow> batch = batches.find(twin.batch());
            if (batch.isPresent() && providers.apply(batch.get().account()).isPresent()) {
                settleLateTwin(batch.get(), twin);
            }
        }
    }

    private void settleLateTwin(ProviderBatchRow batch, ProviderBatchTwins.Twin twin) throws InterruptedException {
        boolean settled = settleTwin(batch, twin);
        if (!settled && Duration.between(twin.foundAt(), batch.readAt()).compareTo(TWIN_GRACE) > 0) {
            log.atError()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("remote", twin.remoteId())
                    .log("A provider does not show the end of a twin; what it billed for it is not in the ledger");
            twins.ended(batch.id(), twin.remoteId());
        }
    }

    private boolean settleTwin(ProviderBatchRow batch, ProviderBatchTwins.Twin twin) throws InterruptedException {
        if (!(provider(batch).find(twin.remoteId()) instanceof BatchExchange.Done<Optional<RemoteBatch>>(var found))) {
            return false;
        }
        if (found.isPresent()) {
            RemoteBatch remote = found.get();
            Duration since =
                    Duration.between(Objects.requireNonNullElse(remote.endedAt(), twin.foundAt()), batch.readAt());
            if (!remote.status().ended() || filesLag(since, remote)) {
                return false;
            }
            var sink = new TwinSink(batch, twin.remoteId());
            if (provider(batch).results(remote, sink) instanceof BatchExchange.Failed<Integer>(ProviderError error)
                    && !willStaySo(since, error)) {
                return false;
            }
            sink.end();
            Optional<ProviderBatchId> owner = owner(batch, sink.another());
            if (owner.isPresent()) {
                handOver(twin, owner.get());
                return true;
            }
        }
        twins.ended(batch.id(), twin.remoteId());
        return true;
    }

    /// It is accounted for with the batch whose lines it has.
    private void handOver(ProviderBatchTwins.Twin twin, ProviderBatchId owner) {
        log.atInfo()
                .addKeyValue("batch", twin.batch())
                .addKeyValue("remote", twin.remoteId())
                .addKeyValue("owner", owner)
                .log("A twin that was told by its size is another batch's; it is handed over");
        twins.handOver(twin, owner);
    }

    /// Of a twin every line counts that ran or may have run.
    private final class TwinSink implements BatchProvider.LineSink {

        private final ProviderBatchRow batch;
        private final String remoteId;
        private final List<TwinLine> portion = new ArrayList<>();
        private final BitSet answered = new BitSet();
        private final BitSet unreadable = new BitSet();
        private boolean own;
        private @Nullable ProviderBatchId named;

        TwinSink(ProviderBatchRow batch, String remoteId) {
            this.batch = batch;
            this.remoteId = remoteId;
        }

        @Override
        public void line(LineResult result) {
            String customId = result.customId();
            if (customId != null) {
                CustomId.parse(customId).ifPresent(id -> line(id, result));
            }
        }

        private void line(CustomId id, LineResult result) {
            if (id.batch().equals(batch.id())) {
                own = true;
                line(id.number(), result);
            } else {
                named = id.batch();
            }
        }

        /// Whom its lines name in this one's place: a batch is made of one input.
        Optional<ProviderBatchId> another() {
            return own ? Optional.empty() : Optional.ofNullable(named);
        }

        private void line(int number, LineResult result) {
            switch (result) {
                case LineResult.Answered(String _, Completion completion) -> {
                    answered.set(number);
                    Usage usage = completion.usage();
                    add(new TwinLine(
                            number,
                            usage,
                            charges.batch(batch.account(), batch.model(), completion.model(), usage),
                            false));
                }
                // it may come again and be whole
                case LineResult.Unreadable _ -> unreadable.set(number);
                case LineResult.Failed _, LineResult.NotRun _ -> {}
            }
        }

        private void add(TwinLine line) {
            portion.add(line);
            if (portion.size() >= LineSettlement.MOST) {
                flush();
            }
        }

        /// All results were read.
        void end() {
            unreadable.andNot(answered);
            List<Integer> numbers = unreadable.stream().boxed().toList();
            for (int from = 0; from < numbers.size(); from += LineSettlement.MOST) {
                lines.estimates(batch, numbers.subList(from, Math.min(numbers.size(), from + LineSettlement.MOST)))
                        .forEach((number, estimate) -> add(new TwinLine(
                                number,
                                estimate,
                                charges.atMostInBatch(batch.account(), batch.model(), estimate),
                                true)));
            }
            flush();
        }

        private void flush() {
            if (!portion.isEmpty()) {
                meters.overlaps(batch, lines.settleTwin(batch, remoteId, List.copyOf(portion)));
                portion.clear();
            }
        }
    }

    // Refusals: nothing ran.

    private Optional<Duration> refused(ProviderBatchRow batch) throws InterruptedException {
        ResultReader reader = reader(batch);
        int left = lines.firstOpen(batch, 2).size();
        if (left > 0) { // none: an earlier try did it and did not come to its end
            var refusal = Refusal.of(batch.errorCode(), batch.errorMessage(), batch.errorLine());
            Refusal.Remedy remedy = refusal.remedy(left, batch.splits(), refusals.siblingRefused(batch));
            log.atWarn()
                    .addKeyValue("batch", batch.id())
                    .addKeyValue("code", refusal.code())
                    .addKeyValue("splits", batch.splits())
                    .addKeyValue("remedy", remedy.word())
                    .log("A provider refused a batch as a whole");
            apply(batch, reader, refusal, remedy);
            meters.refused(batch, remedy);
        }
        if (reader.heldUp() > 0) {
            return Optional.of(A_MINUTE);
        }
        Failpoints.reach(Failpoint.RECONCILE_DONE);
        return finish(batch, reader, null);
    }

    private void apply(ProviderBatchRow batch, ResultReader reader, Refusal refusal, Refusal.Remedy remedy) {
        switch (remedy) {
            case Refusal.Remedy.Wait(OptionalLong limit) -> {
                Duration pause = quotaPause(batch);
                quota.refused(batch.account(), batch.model(), quotaUnit(batch), limit, pause);
                refusals.again(batch, parts(batch, limit), pause, refusal.code());
            }
            case Refusal.Remedy.Later() -> refusals.split(batch, 1, quotaPause(batch), refusal.code());
            case Refusal.Remedy.Halve() -> refusals.split(batch, 2, Duration.ZERO, refusal.code());
            case Refusal.Remedy.UploadAgain() -> refusals.split(batch, 1, settings.retryAfter(), refusal.code());
            case Refusal.Remedy.CallDirectly() -> refusals.callDirectly(batch, refusal.code());
            case Refusal.Remedy.Drop(int line) -> drop(batch, reader, refusal, line);
            case Refusal.Remedy.Fail() -> failAll(batch, reader, refusal);
        }
    }

    private void drop(ProviderBatchRow batch, ResultReader reader, Refusal refusal, int inputLine) {
        Optional<OpenLine> named = refusals.named(batch, inputLine);
        if (named.isEmpty()) {
            refusals.split(
                    batch, 2, Duration.ZERO, refusal.code()); // it names none of ours, or one that is out already
            return;
        }
        reader.settle(List.of(new LineEnd.Refused(named.get(), refusal.code(), refusal.message())));
        refusals.split(batch, 1, Duration.ZERO, refusal.code());
    }

    private void failAll(ProviderBatchRow batch, ResultReader reader, Refusal refusal) {
        List<OpenLine> portion = lines.firstOpen(batch, LineSettlement.MOST);
        while (!portion.isEmpty() && reader.heldUp() == 0) {
            reader.settle(portion.stream()
                    .<LineEnd>map(line -> new LineEnd.Refused(line, refusal.code(), refusal.message()))
                    .toList());
            portion = lines.firstOpen(batch, LineSettlement.MOST);
        }
    }

    private Duration quotaPause(ProviderBatchRow batch) {
        Duration pause = settings.quotaPause().multipliedBy(1L << refusals.refusedBefore(batch));
        return pause.compareTo(LONGEST_QUOTA_PAUSE) < 0 ? pause : LONGEST_QUOTA_PAUSE;
    }

    private QuotaUnit quotaUnit(ProviderBatchRow batch) {
        return provider(batch).capabilities().quotaUnit();
    }

    private int parts(ProviderBatchRow batch, OptionalLong limit) {
        if (limit.isEmpty() || limit.getAsLong() == 0) {
            return 1;
        }
        long units = switch (quotaUnit(batch)) {
            case REQUESTS -> batch.lines();
            case TOKENS_OF_MODEL -> batch.tokens();
        };
        long room = Math.max(1, limit.getAsLong() * PERCENT_OF_LIMIT / 100);
        return Math.clamp(Math.ceilDiv(units, room), 1, Math.max(1, batch.lines()));
    }
}
