package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.ledger.CostLine;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.ledger.Rates;
import dev.offpeak.shared.ledger.Tariff;
import dev.offpeak.shared.providerbatches.BatchLines;
import dev.offpeak.shared.providerbatches.BatchPrimers;
import dev.offpeak.shared.providerbatches.BatchState;
import dev.offpeak.shared.providerbatches.CustomId;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.worker.lanes.PromptPrefix;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.Rules;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends a primer before a batch where that pays, lets the batch wait for it, and brings what it cost into
/// the ledger. Whatever goes wrong with a primer, its batch goes without.
final class Primers {

    private static final Logger log = LoggerFactory.getLogger(Primers.class);

    private static final Duration LOOK = Duration.ofSeconds(3);

    /// An entry of the cache lives for an hour from its primer's start; a batch needs some of it to begin.
    private static final Duration FRESH = Duration.ofMinutes(40);

    /// How long a provider may owe the results of an ended primer before they are given up.
    private static final Duration GRACE = Duration.ofMinutes(30);

    /// What the primer's line has beside the prefix, its answer included.
    private static final long STUB_TOKENS = 32;

    private final Stores stores;
    private final Rules rules;
    private final PriceBook prices;
    private final Charges charges;
    private final Clock clock;
    private final Troubles troubles;
    private final BatchSettings settings;

    record Stores(BatchPrimers primers, ProviderBatches batches, ProviderBatchTwins twins, BatchLines lines) {}

    Primers(
            Stores stores,
            Rules rules,
            PriceBook prices,
            Charges charges,
            Clock clock,
            Troubles troubles,
            BatchSettings settings) {
        this.stores = stores;
        this.rules = rules;
        this.prices = prices;
        this.charges = charges;
        this.clock = clock;
        this.troubles = troubles;
        this.settings = settings;
    }

    /// @return what to do instead of sending the batch; empty: send it
    Optional<Next> before(ProviderBatchRow batch, BatchProvider provider) {
        if (batch.primerOf() != null) {
            return batch.cancelRequested() ? Optional.of(dropped(batch)) : Optional.empty();
        }
        if (!mayWait(batch, provider.capabilities())) {
            return Optional.empty();
        }
        Optional<ProviderBatchRow> newest = stores.primers().newest(batch);
        if (newest.isPresent()) {
            ProviderBatchRow primer = newest.get();
            boolean recent = age(primer, batch).compareTo(settings.primeWithin()) < 0;
            if (primer.finishedAt() == null) {
                return recent && timeLeft(batch, settings.primeWithin()) ? Optional.of(look()) : Optional.empty();
            }
            if (warms(primer, batch) || recent || batch.id().equals(primer.primerOf())) {
                return Optional.empty(); // it is warm, or was not to be warmed
            }
        }
        return begin(batch, provider.capabilities());
    }

    private boolean mayWait(ProviderBatchRow batch, BatchCapabilities capabilities) {
        return settings.primers()
                && batch.state() == BatchState.CLOSED
                && !batch.prefix().isEmpty()
                && !batch.cancelRequested()
                && !patienceIsOver(batch)
                && capabilities.primes()
                && capabilities.cachesInBatches().test(batch.model());
    }

    /// After another's primer that failed its own may come, and then no more.
    private boolean patienceIsOver(ProviderBatchRow batch) {
        return batch.closedAt() != null
                && Duration.between(batch.closedAt(), batch.readAt())
                                .compareTo(settings.primeWithin().multipliedBy(2))
                        > 0;
    }

    /// A cancelled primer that was not sent yet.
    private Next dropped(ProviderBatchRow primer) {
        stores.batches().move(primer, BatchState.ABANDONED);
        return Next.DONE;
    }

    private static Next look() {
        return new Next.Wait(LOOK);
    }

    private static Duration age(ProviderBatchRow primer, ProviderBatchRow batch) {
        return Duration.between(primer.createdAt(), batch.readAt());
    }

    private static boolean timeLeft(ProviderBatchRow batch, Duration atLeast) {
        return batch.nearestDeadline() == null
                || Duration.between(batch.readAt(), batch.nearestDeadline()).compareTo(atLeast) > 0;
    }

    private Optional<Next> begin(ProviderBatchRow batch, BatchCapabilities capabilities) {
        Optional<Workflow> rule = stores.lines()
                .first(batch.id())
                .flatMap(line -> rules.of(batch.tenant(), line.workflow(), line.workflowVersion()));
        if (rule.isEmpty()) {
            return Optional.empty();
        }
        long tokens = PromptPrefix.tokens(
                batch.account().provider(), RequestAssembly.prefix(rule.get().definition()));
        boolean pays = prices.find(batch.account().provider(), batch.model(), clock.instant())
                .map(price -> PrimerPlan.pays(of(batch, capabilities, tokens, price.rates(Tariff.BATCH, tokens))))
                .orElse(false);
        if (!pays) {
            return Optional.empty();
        }
        if (stores.primers().begin(batch, tokens + STUB_TOKENS, settings.primeWithin())) {
            log.atInfo()
                    .addKeyValue("providerBatch", batch.id())
                    .addKeyValue("lines", batch.lines())
                    .addKeyValue("prefixTokens", tokens)
                    .log("A primer goes first, so that the batch finds its prefix in the provider's cache");
        }
        return Optional.of(look()); // for ours, or for one that another batch has just begun
    }

    private PrimerPlan.Case of(ProviderBatchRow batch, BatchCapabilities capabilities, long tokens, Rates rates) {
        Instant deadline = batch.nearestDeadline();
        return new PrimerPlan.Case(
                batch.lines(),
                tokens,
                capabilities.shortestPrefix().applyAsInt(batch.model()),
                STUB_TOKENS,
                deadline == null ? null : Duration.between(batch.readAt(), deadline),
                settings.primeWithin(),
                rates);
    }

    /// Whether the lines of a batch will find their prefix: only then a breakpoint costs less than none.
    boolean primed(ProviderBatchRow batch) {
        return settings.primers()
                && batch.primerOf() == null
                && !batch.prefix().isEmpty()
                && stores.primers()
                        .newest(batch)
                        .filter(primer -> warms(primer, batch))
                        .isPresent();
    }

    private static boolean warms(ProviderBatchRow primer, ProviderBatchRow batch) {
        return primer.state() == BatchState.RECONCILED
                && primer.remoteCompleted() > 0
                && primer.submittedAt() != null
                && Duration.between(primer.submittedAt(), batch.readAt()).compareTo(FRESH) < 0;
    }

    /// A primer that has ended: what it cost goes into the ledger, and then its batch goes on. To repeat this
    /// is harmless at every point.
    Next settle(ProviderBatchRow primer, BatchProvider provider) throws InterruptedException {
        if (primer.state() == BatchState.ENDED) {
            return Next.orDone(stores.batches().move(primer, BatchState.RECONCILING));
        }
        boolean wrote = false;
        String remoteId = primer.remoteId();
        if (remoteId != null) {
            switch (read(primer, provider, remoteId)) {
                case Reading.Ran(Usage usage, Charge charge, boolean confirmed) -> {
                    stores.primers().bill(primer, new BatchPrimers.Bill(remoteId, usage, charge, false, confirmed));
                    wrote = confirmed && usage.cacheWrite1hTokens() + usage.cachedInputTokens() > 0;
                }
                case Reading.DidNotRun _ -> {}
                case Reading.Anothers(ProviderBatchId owner) -> stores.twins().found(owner, remoteId);
                case Reading.NotYet(Next next) -> {
                    return next;
                }
            }
        }
        for (ProviderBatchTwins.Twin twin : stores.twins().of(primer.id())) {
            Optional<Next> notYet = twin.endedAt() == null ? twin(primer, provider, twin) : Optional.empty();
            if (notYet.isPresent()) {
                return notYet.get();
            }
        }
        Failpoints.reach(Failpoint.PRIMER_BILLED);
        if (stores.primers().settled(primer, wrote).isPresent()) {
            log.atInfo()
                    .addKeyValue("providerBatch", primer.id())
                    .addKeyValue("primerOf", primer.primerOf())
                    .addKeyValue("wrote", wrote)
                    .log("A primer is reconciled");
        }
        return Next.DONE;
    }

    private Optional<Next> twin(ProviderBatchRow primer, BatchProvider provider, ProviderBatchTwins.Twin twin)
            throws InterruptedException {
        switch (read(primer, provider, twin.remoteId())) {
            case Reading.Ran(Usage usage, Charge charge, boolean confirmed) ->
                stores.primers().bill(primer, new BatchPrimers.Bill(twin.remoteId(), usage, charge, true, confirmed));
            case Reading.DidNotRun _ -> {}
            case Reading.Anothers(ProviderBatchId owner) -> {
                stores.twins().handOver(twin, owner);
                return Optional.empty();
            }
            case Reading.NotYet(Next next) -> {
                return Optional.of(next);
            }
        }
        stores.twins().ended(primer.id(), twin.remoteId());
        return Optional.empty();
    }

    /// Accounts for twins that turned up once their primer had been.
    void settleLateTwins(Providers providers, int limit) throws InterruptedException {
        for (ProviderBatchTwins.Twin twin : stores.twins().lateOfPrimers(limit)) {
            ProviderBatchRow primer = stores.batches().find(twin.batch()).orElseThrow();
            Optional<BatchProvider> provider = providers.of(primer.account());
            if (provider.isPresent()
                    && twin(primer, provider.get(), twin).isPresent()
                    && Duration.between(twin.foundAt(), primer.readAt()).compareTo(Reconciling.TWIN_GRACE) > 0) {
                log.atError()
                        .addKeyValue("providerBatch", primer.id())
                        .addKeyValue("remote", twin.remoteId())
                        .log(
                                "A provider does not show the end of a primer's twin; what it billed is not in the ledger");
                stores.twins().ended(primer.id(), twin.remoteId());
            }
        }
    }

    private sealed interface Reading {
        record Ran(Usage usage, Charge charge, boolean confirmed) implements Reading {}

        /// It was refused, has expired, was cancelled or is lost: nothing is billed.
        record DidNotRun() implements Reading {}

        /// It was told by its size, and its line is another batch's of ours.
        record Anothers(ProviderBatchId owner) implements Reading {}

        record NotYet(Next next) implements Reading {}
    }

    private Reading read(ProviderBatchRow primer, BatchProvider provider, String remoteId) throws InterruptedException {
        return switch (provider.find(remoteId)) {
            case BatchExchange.Failed<Optional<RemoteBatch>>(ProviderError error) -> unread(primer, error);
            case BatchExchange.Done<Optional<RemoteBatch>>(Optional<RemoteBatch> found) ->
                found.isPresent() ? read(primer, provider, found.get()) : missing(primer);
        };
    }

    /// A 404 may be a moment's.
    private static Reading missing(ProviderBatchRow primer) {
        return "vanished".equals(primer.endedAs()) || overdue(primer)
                ? new Reading.DidNotRun()
                : new Reading.NotYet(look());
    }

    private Reading read(ProviderBatchRow primer, BatchProvider provider, RemoteBatch remote)
            throws InterruptedException {
        if (!remote.status().ended()) {
            return new Reading.NotYet(look()); // a twin that was cancelled
        }
        var stub = new Stub(new CustomId(primer.id(), InputWriter.STUB).toString());
        return switch (provider.results(remote, stub)) {
            case BatchExchange.Failed<Integer>(ProviderError error) -> unread(primer, error);
            case BatchExchange.Done<Integer> _ -> {
                Optional<Reading> anothers =
                        stub.another().flatMap(named -> owner(primer, named)).map(Reading.Anothers::new);
                yield anothers.orElseGet(() -> stub.reading(primer, remote));
            }
        };
    }

    /// @return empty where it is no batch of ours
    private Optional<ProviderBatchId> owner(ProviderBatchRow primer, ProviderBatchId named) {
        return stores.batches()
                .find(named)
                .filter(other -> other.account().equals(primer.account()))
                .map(ProviderBatchRow::id);
    }

    private Reading unread(ProviderBatchRow primer, ProviderError error) {
        if (error instanceof ProviderError.Rejected && overdue(primer)) {
            log.atError()
                    .addKeyValue("providerBatch", primer.id())
                    .addKeyValue("reason", error.detail())
                    .log("A provider shows no results of an ended primer; what it may have cost is estimated");
            return estimated(primer);
        }
        return new Reading.NotYet(troubles.again(primer, error));
    }

    private static boolean overdue(ProviderBatchRow primer) {
        return primer.endedAt() != null
                && Duration.between(primer.endedAt(), primer.readAt()).compareTo(GRACE) > 0;
    }

    /// It may have run, and nobody can say what it took.
    private Reading estimated(ProviderBatchRow primer) {
        var most = new Usage(primer.tokens(), 0, 0, primer.tokens(), InputWriter.STUB_OUTPUT);
        return new Reading.Ran(most, charge(primer, primer.model(), most), false);
    }

    /// Without the cache the line would not have been sent: so its list price is nothing, and all that is
    /// billed is one line of the receipt.
    private Charge charge(ProviderBatchRow primer, String answered, Usage usage) {
        Charge charge = charges.batch(primer.account(), primer.model(), answered, usage);
        Usd billed = charge.billed();
        return billed == null
                ? Charge.UNPRICED
                : new Charge(
                        billed, Usd.ZERO, charge.price(), List.of(new CostLine(CostLine.PROMPT_CACHE_PRIMER, billed)));
    }

    private Reading ran(ProviderBatchRow primer, Completion answer) {
        return new Reading.Ran(answer.usage(), charge(primer, answer.model(), answer.usage()), true);
    }

    /// What is said of the one line.
    private final class Stub implements BatchProvider.LineSink {

        private final String id;
        private @Nullable LineResult said;
        private @Nullable String other;

        Stub(String id) {
            this.id = id;
        }

        @Override
        public void line(LineResult result) {
            if (!Objects.equals(id, result.customId())) {
                other = result.customId();
            } else if (said == null) {
                said = result;
            }
        }

        Optional<ProviderBatchId> another() {
            return said != null || other == null
                    ? Optional.empty()
                    : CustomId.parse(other).map(CustomId::batch);
        }

        Reading reading(ProviderBatchRow primer, RemoteBatch remote) {
            return switch (said) {
                case LineResult.Answered answered -> ran(primer, answered.completion());
                case LineResult.Failed _, LineResult.NotRun _ -> new Reading.DidNotRun();
                case LineResult.Unreadable _ -> estimated(primer);
                // Counted as answered, and yet not shown.
                case null ->
                    remote.completed() == 0
                            ? new Reading.DidNotRun()
                            : overdue(primer) ? estimated(primer) : new Reading.NotYet(look());
            };
        }
    }
}
