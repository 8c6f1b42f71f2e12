package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.ledger.Receipt;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.worker.lanes.LaneOutcome;
import java.util.List;
import java.util.Optional;

/// The way of one job. Today there is one way, a call now; reuse, twins and batches will be steps before it.
final class GenerationPipeline {

    private final Rules rules;
    private final CallStore calls;
    private final LedgerStore ledger;
    private final RequestAssembly assembly;
    private final dev.offpeak.worker.lanes.Lane direct;
    private final GenerationMeters meters;

    GenerationPipeline(
            Rules rules,
            CallStore calls,
            LedgerStore ledger,
            RequestAssembly assembly,
            dev.offpeak.worker.lanes.Lane direct,
            GenerationMeters meters) {
        this.rules = rules;
        this.calls = calls;
        this.ledger = ledger;
        this.assembly = assembly;
        this.direct = direct;
        this.meters = meters;
    }

    LaneOutcome run(ClaimedJob job) throws InterruptedException {
        accountForLostCalls(job);
        Optional<Workflow> rule = rules.of(job);
        if (rule.isEmpty()) {
            return new LaneOutcome.GaveUp(
                    ErrorCode.UNKNOWN_WORKFLOW, "the workflow's version is gone", new Route(Lane.DIRECT, null, null));
        }
        return direct.attempt(assembly.assemble(job, rule.get().definition(), spent(job)));
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
