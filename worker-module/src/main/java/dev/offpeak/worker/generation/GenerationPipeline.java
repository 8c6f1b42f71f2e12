package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.lanes.LaneDecision;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.lanes.Willingness;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.Receipt;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneOutcome;
import dev.offpeak.worker.lanes.LaneRequest;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.Rules;
import java.util.List;
import java.util.Optional;

/// The way of one job: a line of a provider batch where that is cheaper and in time, else a call now. Reuse
/// and twins will be steps before it.
final class GenerationPipeline {

    private final Rules rules;
    private final CallStore calls;
    private final LedgerStore ledger;
    private final RequestAssembly assembly;
    private final Lanes lanes;
    private final dev.offpeak.worker.lanes.Lane direct;
    private final dev.offpeak.worker.lanes.Lane batch;
    private final GenerationMeters meters;

    GenerationPipeline(
            Rules rules,
            CallStore calls,
            LedgerStore ledger,
            RequestAssembly assembly,
            Lanes lanes,
            dev.offpeak.worker.lanes.Lane direct,
            dev.offpeak.worker.lanes.Lane batch,
            GenerationMeters meters) {
        this.rules = rules;
        this.calls = calls;
        this.ledger = ledger;
        this.assembly = assembly;
        this.lanes = lanes;
        this.direct = direct;
        this.batch = batch;
        this.meters = meters;
    }

    LaneOutcome run(ClaimedJob job) throws InterruptedException {
        accountForLostCalls(job);
        Optional<Workflow> rule = rules.of(job);
        if (rule.isEmpty()) {
            return new LaneOutcome.GaveUp(
                    ErrorCode.UNKNOWN_WORKFLOW, "the workflow's version is gone", new Route(Lane.DIRECT, null, null));
        }
        return attempt(assembly.assemble(job, rule.get().definition(), spent(job)), rule.get());
    }

    private LaneOutcome attempt(LaneRequest request, Workflow rule) throws InterruptedException {
        if (request.candidates().isEmpty()) {
            return direct.attempt(request);
        }
        LaneDecision decision = lanes.choose(question(request, rule));
        meters.chose(decision);
        LaneRequest explained = request.because(decision.reasons());
        return switch (decision) {
            case LaneDecision.Direct _ -> direct.attempt(explained);
            case LaneDecision.Flex flex -> direct.attempt(explained.onFlex(flex.patience()));
            case LaneDecision.Batch _ -> batch.attempt(explained);
        };
    }

    /// The lane is chosen for the best candidate; the others only step in where that cannot be called.
    private static Lanes.Request question(LaneRequest request, Workflow rule) {
        Candidate best = request.candidates().getFirst();
        return new Lanes.Request(
                best.account(),
                best.model(),
                Usage.of(
                        TokenEstimate.of(best.account().provider(), request.messages(), request.responseFormat()),
                        request.maxOutputTokens()),
                request.job().timeLeft(),
                Willingness.of(request.job(), rule.definition().lane()),
                request.maxCost(),
                1);
    }

    /// An earlier claim may have died with a call in flight, which may be billed.
    private void accountForLostCalls(ClaimedJob job) {
        if (job.interrupted()) {
            meters.unconfirmed(calls.abandonEarlier(job.id(), job.fence()));
        }
    }

    /// What earlier attempts cost, or may have cost, counts towards what the job may cost.
    private Usd spent(ClaimedJob job) {
        return job.interrupted() && job.request().maxCost() != null
                ? ledger.receipts(List.of(job.id()))
                        .getOrDefault(job.id(), Receipt.NOTHING)
                        .billed()
                : Usd.ZERO;
    }
}
