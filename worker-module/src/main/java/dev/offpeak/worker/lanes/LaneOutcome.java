package dev.offpeak.worker.lanes;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.jobs.WaitReason;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Completion;
import java.time.Duration;
import java.util.Optional;

/// How a lane dealt with one attempt.
public sealed interface LaneOutcome {

    /// A provider answered. The call is not confirmed yet: that belongs in the transaction that ends the job.
    record Answered(Completion completion, Call call, Charge charge, Route route) implements LaneOutcome {}

    /// It is in a provider batch now, and the job stands as such: there is nothing more to write.
    record Batched(Route route) implements LaneOutcome {}

    /// No later attempt would fare better.
    record GaveUp(ErrorCode why, String detail, Route route) implements LaneOutcome {}

    /// A later attempt may succeed; this one counts.
    record TryAgain(ErrorCode why, String detail, Route route) implements LaneOutcome {}

    /// Nobody may be called now; this does not count as an attempt.
    ///
    /// @param after when to look again, where somebody said so
    record Later(Optional<Duration> after, WaitReason waitReason, ErrorCode why) implements LaneOutcome {}

    /// This worker may start nothing now: the job goes back at once, and this does not count as an attempt.
    record NotStarted() implements LaneOutcome {}

    /// The job has ended or is about to expire, or another claim holds it: there is nothing to write and nobody may be
    /// called.
    record Lost() implements LaneOutcome {}
}
