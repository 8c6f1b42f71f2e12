package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.core.WorkerId;
import java.time.Duration;
import java.util.Optional;

/// Provider batches as workers move them. Every write but the claim is guarded by the claim's fence:
/// where a newer one holds the batch nothing is written, and who finds that lets go of the batch.
public interface ProviderBatches {

    Optional<ProviderBatchRow> find(ProviderBatchId batch);

    /// Claims a batch that is due, collects no more and is not finished; raises its fence.
    ///
    /// @return empty where there is nothing to do: somebody holds it, it is finished, or not due yet
    Optional<ProviderBatchRow> claim(ProviderBatchId batch, WorkerId worker);

    /// Moves a claimed batch on. One that is finished then has no claim any more. In the caller's
    /// transaction or one of its own.
    ///
    /// @return the row as it stands then; empty where a newer claim holds it, or it is in another state
    /// @throws IllegalArgumentException for a move that there is not
    Optional<ProviderBatchRow> move(ProviderBatchRow claimed, BatchState to);

    /// Ends the claim; the next step is due after the delay.
    ///
    /// @return false where a newer claim holds it
    boolean release(ProviderBatchRow claimed, Duration delay);

    /// Says on the row what stands in its way, for operators and `GET /v1/provider-batches`; nothing of
    /// prompts, answers or keys.
    ///
    /// @return false where a newer claim holds it
    boolean troubled(ProviderBatchRow claimed, String code, String message);

    /// The provider refuses to show what came of the batch.
    ///
    /// @return for how long it has done so, time after time
    Duration unread(ProviderBatchRow claimed);

    /// It shows it again.
    void read(ProviderBatchRow claimed);
}
