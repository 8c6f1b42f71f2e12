package dev.offpeak.worker.lanes.direct;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.CompletionRequest;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.lanes.CallWindow;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.transaction.TransactionException;

/// Calls a provider now: a permit, a call row committed, one request. Where the first candidate is unavailable the next
/// is tried.
final class DirectLane implements dev.offpeak.worker.lanes.Lane {

    private static final Logger log = LoggerFactory.getLogger(DirectLane.class);

    private final Map<String, Provider> providers;
    private final ProviderSettings providerSettings;
    private final Permits permits;
    private final CallWindow window;
    private final CallStore calls;
    private final Charges charges;
    private final IdGenerator ids;
    private final DirectLaneSettings settings;
    private final DirectLaneMeters meters;

    DirectLane(
            Map<String, Provider> providers,
            ProviderSettings providerSettings,
            Permits permits,
            CallWindow window,
            CallStore calls,
            Charges charges,
            IdGenerator ids,
            DirectLaneSettings settings,
            DirectLaneMeters meters) {
        this.providers = providers;
        this.providerSettings = providerSettings;
        this.permits = permits;
        this.window = window;
        this.calls = calls;
        this.charges = charges;
        this.ids = ids;
        this.settings = settings;
        this.meters = meters;
    }

    @Override
    public LaneOutcome attempt(LaneRequest request) throws InterruptedException {
        Duration patience = request.flexPatience();
        return patience == null ? atListPrice(request) : onFlex(request, patience);
    }

    /// Only the best candidate: a fallback costs the list price. Where it cannot be waited for any
    /// longer, that has to be paid after all.
    private LaneOutcome onFlex(LaneRequest request, Duration patience) throws InterruptedException {
        LaneOutcome outcome = attempt(request, request.candidates().getFirst());
        boolean tooLong = outcome instanceof LaneOutcome.Later later
                && later.after().orElse(Duration.ZERO).compareTo(patience) > 0;
        return tooLong ? atListPrice(request.atListPrice()) : outcome;
    }

    private LaneOutcome atListPrice(LaneRequest request) throws InterruptedException {
        LaneOutcome best = null;
        for (Candidate candidate : request.candidates()) {
            LaneOutcome outcome = attempt(request, candidate);
            if (!unavailable(outcome)) {
                return outcome;
            }
            best = best == null ? outcome : better(best, outcome);
        }
        return best == null
                ? new LaneOutcome.GaveUp(
                        ErrorCode.PROVIDER_NOT_CONFIGURED,
                        "none of the workflow's providers is configured",
                        new Route(Lane.DIRECT, null, null, request.reasons()))
                : best;
    }

    /// Only an unavailable candidate lets the next one try: what may have been paid for, or would be refused again,
    /// does not.
    private static boolean unavailable(LaneOutcome outcome) {
        return switch (outcome) {
            case LaneOutcome.Answered _,
                    LaneOutcome.Batched _,
                    LaneOutcome.GaveUp _,
                    LaneOutcome.Lost _,
                    LaneOutcome.NotStarted _ -> false;
            case LaneOutcome.TryAgain again -> again.why() == ErrorCode.PROVIDER_UNAVAILABLE;
            case LaneOutcome.Later _ -> true;
        };
    }

    /// Of two unavailable candidates, waiting without counting an attempt is better, and the shorter wait is.
    private static LaneOutcome better(LaneOutcome one, LaneOutcome other) {
        if (!(one instanceof LaneOutcome.Later first)) {
            return other instanceof LaneOutcome.Later ? other : one;
        }
        if (!(other instanceof LaneOutcome.Later second)) {
            return one;
        }
        return second.after().orElse(Duration.ZERO).compareTo(first.after().orElse(Duration.ZERO)) < 0 ? other : one;
    }

    private LaneOutcome attempt(LaneRequest request, Candidate candidate) throws InterruptedException {
        var route = new Route(Lane.DIRECT, candidate.account().shownAs(), candidate.model(), request.reasons());
        Provider provider = providers.get(candidate.account().provider());
        if (provider == null) {
            return new LaneOutcome.GaveUp(
                    ErrorCode.PROVIDER_NOT_CONFIGURED, "this worker has no adapter for the provider", route);
        }
        Call call = plan(request, candidate);
        if (tooExpensive(request, call)) {
            return new LaneOutcome.GaveUp(
                    ErrorCode.MAX_COST_EXCEEDED, "the call could cost more than max_cost_usd", route);
        }
        return switch (permits.acquire(candidate.account())) {
            case Permits.Grant.Paused(Duration left) ->
                new LaneOutcome.Later(Optional.of(left), WaitReason.RATE_LIMITED, ErrorCode.PROVIDER_RATE_LIMITED);
            case Permits.Grant.Busy() ->
                new LaneOutcome.Later(Optional.empty(), WaitReason.RATE_LIMITED, ErrorCode.PROVIDER_RATE_LIMITED);
            case Permits.Grant.Permit permit -> {
                try (permit) {
                    yield exchange(provider, request, candidate, call, route);
                }
            }
        };
    }

    private Call plan(LaneRequest request, Candidate candidate) {
        ClaimedJob job = request.job();
        var estimate = Usage.of(
                TokenEstimate.of(candidate.account().provider(), request.messages(), request.responseFormat()),
                request.maxOutputTokens());
        return new Call(
                new CallId(ids.next()),
                job.id(),
                job.createdAt(),
                job.tenant(),
                job.fence(),
                job.worker(),
                candidate.account(),
                candidate.model(),
                job.workflow(),
                job.user(),
                job.feature(),
                estimate,
                charges.atMost(candidate.account(), candidate.model(), estimate));
    }

    /// What has no price has no bound either.
    private static boolean tooExpensive(LaneRequest request, Call call) {
        Usd most = request.maxCost();
        Usd estimate = call.estimatedCharge().billed();
        return most != null && (estimate == null || estimate.compareTo(most) > 0);
    }

    private LaneOutcome exchange(Provider provider, LaneRequest request, Candidate candidate, Call call, Route route)
            throws InterruptedException {
        if (!begin(call)) {
            return new LaneOutcome.Lost();
        }
        Failpoints.reach(Failpoint.CALL_BEGUN);
        long start = System.nanoTime();
        CallWindow.Seen<ProviderAnswer> seen;
        try {
            seen = window.open(request.job(), () -> provider.complete(completion(request, candidate, call)));
        } catch (InterruptedException stopping) {
            settle(call, ErrorCode.WORKER_LOST, true);
            throw stopping;
        }
        return switch (seen) {
            case CallWindow.Seen.Ended<ProviderAnswer>(ProviderAnswer answer) -> {
                Failpoints.reach(Failpoint.CALL_ANSWERED);
                meters.exchanged(route, answer, Duration.ofNanos(System.nanoTime() - start));
                yield ended(answer, candidate, call, route);
            }
            case CallWindow.Seen.TakenAway<ProviderAnswer>(boolean sent, ErrorCode why) -> {
                settle(call, why, sent);
                yield new LaneOutcome.Lost();
            }
            case CallWindow.Seen.MayNotStart<ProviderAnswer>() -> {
                settle(call, ErrorCode.WORKER_LOST, false);
                yield new LaneOutcome.NotStarted();
            }
        };
    }

    /// Where the database did not say whether the row is there, it may be: nothing was sent, so it is not billed.
    private boolean begin(Call call) {
        try {
            return calls.begin(call);
        } catch (DataAccessException away) {
            settle(call, ErrorCode.UNAVAILABLE, false);
            throw away;
        }
    }

    private CompletionRequest completion(LaneRequest request, Candidate candidate, Call call) {
        ServiceTier tier = request.flexPatience() == null ? ServiceTier.DEFAULT : ServiceTier.FLEX;
        return new CompletionRequest(
                call.id(),
                candidate.model(),
                request.messages(),
                request.maxOutputTokens(),
                request.temperature(),
                request.responseFormat(),
                providerSettings.timeout(tier), // past the deadline too: it is paid for, and kept
                tier);
    }

    private LaneOutcome ended(ProviderAnswer answer, Candidate candidate, Call call, Route route) {
        return switch (answer) {
            case ProviderAnswer.Answered(Completion completion) ->
                new LaneOutcome.Answered(completion, call, charge(candidate, completion), route);
            case ProviderAnswer.Failed(ProviderError error) -> failed(error, candidate, call, route);
        };
    }

    private Charge charge(Candidate candidate, Completion completion) {
        return charges.direct(
                candidate.account(), candidate.model(), completion.model(), completion.usage(), completion.servedAs());
    }

    private LaneOutcome failed(ProviderError error, Candidate candidate, Call call, Route route) {
        settle(call, error.code(), error.mayHaveRun());
        return switch (error) {
            case ProviderError.RateLimited limited
            when limited.noFlexCapacity() -> // says nothing of our quota
                new LaneOutcome.Later(Optional.of(settings.flexPause()), WaitReason.RATE_LIMITED, error.code());
            case ProviderError.RateLimited limited ->
                slowDown(candidate, limited.retryAfter(), WaitReason.RATE_LIMITED, error.code());
            case ProviderError.Overloaded overloaded ->
                slowDown(candidate, overloaded.retryAfter(), WaitReason.PROVIDER_DOWN, error.code());
            case ProviderError.Unavailable _, ProviderError.TimedOut _, ProviderError.Malformed _ ->
                new LaneOutcome.TryAgain(error.code(), error.detail(), route);
            case ProviderError.Rejected rejected ->
                new LaneOutcome.GaveUp(error.code(), rejected.vendorCode() + ": " + rejected.detail(), route);
            case ProviderError.Unauthenticated _ -> new LaneOutcome.GaveUp(error.code(), error.detail(), route);
        };
    }

    /// A database that is away must not turn a pause into a failed attempt: the call then stays in flight, and the next
    /// claim books
    /// its estimate.
    private void settle(Call call, ErrorCode why, boolean mayHaveRun) {
        try {
            if (mayHaveRun) {
                leaveUnconfirmed(call, why);
            } else {
                calls.notBilled(call, why);
            }
        } catch (DataAccessException | TransactionException away) {
            log.atWarn()
                    .addKeyValue("call", call.id())
                    .addKeyValue("code", why.wire())
                    .setCause(away)
                    .log("A failed call could not be settled; its estimate will stand in the ledger");
        }
    }

    private LaneOutcome slowDown(
            Candidate candidate, Optional<Duration> retryAfter, WaitReason waitReason, ErrorCode why) {
        Duration asked = retryAfter.orElse(settings.defaultPause());
        Duration pause = asked.compareTo(settings.longestPause()) > 0 ? settings.longestPause() : asked;
        try {
            permits.slowDown(candidate.account(), pause);
        } catch (DataAccessException | TransactionException away) {
            log.atWarn()
                    .setCause(away)
                    .log("Could not tell the other workers of a provider's complaint; only this one pauses");
        }
        log.atInfo()
                .addKeyValue("provider", candidate.account().shownAs())
                .addKeyValue("pause", pause)
                .addKeyValue("code", why.wire())
                .log("The provider complained; all workers leave it alone for the pause");
        return new LaneOutcome.Later(Optional.of(pause), waitReason, why);
    }

    private void leaveUnconfirmed(Call call, ErrorCode why) {
        calls.leaveUnconfirmed(call, why);
        meters.unconfirmed(call);
        log.atWarn()
                .addKeyValue("call", call.id())
                .addKeyValue("job", call.job())
                .addKeyValue("code", why.wire())
                .log("A call's answer was not seen whole; its estimate stands in the ledger");
    }
}
