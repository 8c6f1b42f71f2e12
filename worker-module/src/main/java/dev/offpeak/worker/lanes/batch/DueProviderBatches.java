package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.ProviderBatchUpkeep;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.maintenance.DueWork;

/// Provider batches whose next step is due, or whose task is gone, or that this worker holds without
/// knowing.
final class DueProviderBatches implements DueWork {

    private final ProviderBatchUpkeep upkeep;
    private final ProviderBatchTask task;
    private final WorkerIdentity worker;

    DueProviderBatches(ProviderBatchUpkeep upkeep, ProviderBatchTask task, WorkerIdentity worker) {
        this.upkeep = upkeep;
        this.task = task;
        this.worker = worker;
    }

    @Override
    public String name() {
        return TaskKind.PROVIDER_BATCH.wire();
    }

    @Override
    public int wakeDue(int limit) {
        return upkeep.wakeDue(limit);
    }

    @Override
    public int wakeForgotten(int limit) {
        return upkeep.releaseUnheld(worker.id(), task::held) + upkeep.wakeForgotten(worker.deadAfter());
    }
}
