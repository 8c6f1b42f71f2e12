package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;

/// Puts jobs into provider batches that still collect.
public interface Collector {

    /// Moves a claimed job to `batched` with a line in the group's collecting batch, both or neither, in a transaction
    /// of its own or the caller's. The claim was no attempt: what its line comes to will be one.
    ///
    /// @param estimate the most that the line should use
    /// @param charge what that would cost at batch rates
    /// @param bytes about how long the line will be
    /// @param closeAfter how long the batch may go on collecting from its first line on; zero closes it at once
    /// @return false where a newer claim holds the job, or it has ended
    boolean collect(ClaimedJob job, Group group, Usage estimate, Charge charge, long bytes, Duration closeAfter);
}
