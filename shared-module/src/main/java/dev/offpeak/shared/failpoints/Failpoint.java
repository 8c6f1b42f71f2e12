package dev.offpeak.shared.failpoints;

import java.util.Arrays;
import java.util.Optional;

/// A place with a name. Names stand in recorded fault runs: rename none.
public enum Failpoint {
    /// In the transaction that accepts a job, all written.
    SUBMIT_WRITTEN("submit.written"),
    /// A job is accepted, its client does not know yet.
    SUBMIT_COMMITTED("submit.committed"),
    /// A job is cancelled, its client does not know yet.
    CANCEL_COMMITTED("cancel.committed"),
    /// A task was fetched, its job is not claimed yet.
    TASK_STARTED("task.started"),
    /// A job is claimed, nobody is called yet.
    JOB_CLAIMED("job.claimed"),
    /// A call's row is committed, its request is not made yet.
    CALL_BEGUN("call.begun"),
    /// A provider has answered, and bills; nothing of it is written.
    CALL_ANSWERED("call.answered"),
    /// In the transaction that settles an answer, all written.
    OUTCOME_WRITTEN("outcome.written"),
    /// A job has ended, nobody was told.
    OUTCOME_COMMITTED("outcome.committed"),
    /// A job is back in the queue, its task has not ended.
    JOB_PUT_BACK("job.put-back"),
    /// A delivery is claimed, nothing is sent.
    DELIVERY_CLAIMED("delivery.claimed"),
    /// A receiver has answered, the try is not recorded.
    DELIVERY_SENT("delivery.sent"),
    /// A try is recorded, its task has not ended.
    DELIVERY_RECORDED("delivery.recorded"),
    /// In the transaction that wakes due jobs, all written.
    WAKE_WRITTEN("wake.written"),
    /// In the transaction that takes back the jobs of the dead, all written.
    TAKE_BACK_WRITTEN("take-back.written"),
    /// In the transaction that expires jobs, all written.
    EXPIRY_WRITTEN("expiry.written"),
    /// In the transaction that tells of final costs, all written.
    COST_SETTLED_WRITTEN("cost-settled.written"),
    /// A provider batch is sealed and counts as enqueued, nothing of it is written.
    BATCH_SEALED("batch.sealed"),
    /// The input of a provider batch lies in a file, nothing of it is sent.
    BATCH_FILE_WRITTEN("batch.file-written"),
    /// The provider has the input, its file's id is not written.
    BATCH_UPLOADED("batch.uploaded"),
    /// A provider batch is about to be created: that is committed, whether it is still time is not looked at.
    BATCH_CREATING("batch.creating"),
    /// It is still time to create a provider batch; whoever stalls here sends a create that nobody expects.
    BATCH_SENDING("batch.sending"),
    /// The provider has made the batch, nothing of it is written.
    BATCH_CREATED("batch.created"),
    /// A provider batch is at its provider, and that is written.
    BATCH_SUBMITTED("batch.submitted"),
    /// The provider has said how a batch stands, nothing of it is written.
    BATCH_POLLED("batch.polled"),
    /// What a primer cost is in the ledger, the primer is not reconciled.
    PRIMER_BILLED("primer.billed"),
    /// The provider has taken the cancel of a twin, nothing of it is written.
    TWIN_CANCELLED("twin.cancelled"),
    /// In the transaction that takes in a batch, all written.
    INTAKE_WRITTEN("intake.written"),
    /// In the transaction that gives lines of a batch away, all written.
    FEED_WRITTEN("feed.written"),
    /// In the transaction that ends a batch, all written.
    BATCH_END_WRITTEN("batch-end.written"),
    /// In the transaction that settles lines of a provider batch, all written.
    RECONCILE_CHUNK_WRITTEN("reconcile.chunk-written"),
    /// Some lines of a provider batch are settled, others not.
    RECONCILE_CHUNK_COMMITTED("reconcile.chunk-committed"),
    /// All lines of a provider batch are settled, the batch is not finished.
    RECONCILE_DONE("reconcile.done"),
    /// In the transaction that has late jobs called directly, all written.
    RESCUE_WRITTEN("rescue.written"),
    /// Not a crash: a worker takes itself for the one that does what one is enough for, whoever else does.
    LEADERSHIP_SHARED("leadership.shared", true);

    private final String wire;
    private final boolean yesOrNo;

    Failpoint(String wire) {
        this(wire, false);
    }

    Failpoint(String wire, boolean yesOrNo) {
        this.wire = wire;
        this.yesOrNo = yesOrNo;
    }

    public String wire() {
        return wire;
    }

    /// Whether it is no place where a process ends or is held, but something to be on or off.
    boolean yesOrNo() {
        return yesOrNo;
    }

    static Optional<Failpoint> ofWire(String wire) {
        return Arrays.stream(values()).filter(point -> point.wire.equals(wire)).findFirst();
    }
}
