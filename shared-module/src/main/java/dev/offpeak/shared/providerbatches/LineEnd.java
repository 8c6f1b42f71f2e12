package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;

/// What a line came to. Messages are for the tenant: free of prompts, answers and keys.
public sealed interface LineEnd {

    OpenLine line();

    /// It ran and is billed; whether that is a success has been judged.
    record Answered(OpenLine line, JobEnd end, Usage usage, Charge charge) implements LineEnd {}

    /// It may have run and be billed, and nobody can read its answer: its estimate stands, and its job
    /// goes again.
    record Unreadable(OpenLine line, String detail, Charge charge, Duration pause) implements LineEnd {}

    /// Nothing is billed, and its job goes again while it may.
    ///
    /// @param state `error`, `expired`, `lost` or `cancelled`
    /// @param why what the job fails with where it has been tried often enough
    /// @param tried whether it was a try at the job: the limit of what was none is its deadline
    record Again(OpenLine line, LineState state, ErrorCode why, String detail, Duration pause, boolean tried)
            implements LineEnd {

        /// What never ran, or was refused for its moment only, was no try.
        public Again(OpenLine line, LineState state, ErrorCode why, String detail, Duration pause) {
            this(line, state, why, detail, pause, state == LineState.ERROR && why != ErrorCode.PROVIDER_RATE_LIMITED);
        }
    }

    /// Nothing is billed, and the provider would refuse it again.
    ///
    /// @param vendorCode the provider's own word for it
    record Refused(OpenLine line, String vendorCode, String detail) implements LineEnd {}
}
