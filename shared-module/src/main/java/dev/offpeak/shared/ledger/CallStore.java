package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Call rows and their ledger rows. A call is recorded before it is made and settles whatever became of its job
/// meanwhile.
public interface CallStore {

    /// Commits the call on its own, before the request leaves.
    ///
    /// @return false where the claim no longer holds the job, or its deadline is less than a second away on the
    ///     database's clock: then no request may leave
    boolean begin(Call call);

    /// The answer was seen whole: the call is confirmed and has its one ledger row, in the caller's transaction.
    /// An unconfirmed row of the same call becomes confirmed, also one that was written off; one that was corrected
    /// stays.
    void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId);

    /// The answer was not seen whole: the estimate stands in the ledger. Whoever was told of the job's end meanwhile is
    /// told when the estimate has settled. Changes nothing where the call has settled.
    void leaveUnconfirmed(Call call, ErrorCode why);

    /// The provider bills nothing for it. An estimate that stood for the call meanwhile, because its worker was held
    /// for dead, is taken back by a correction. Changes nothing where the call is confirmed.
    void notBilled(Call call, ErrorCode why);

    /// Marks calls of this job that an earlier claim left in flight as unconfirmed.
    List<Estimate> abandonEarlier(JobId job, long fence);

    /// Marks calls of workers that have stopped beating as unconfirmed, whatever became of their jobs. To be asked
    /// only by a worker that may judge others.
    List<Estimate> abandonOfTheDead(Duration deadAfter);

    /// Marks calls that have been in flight for longer than any call can take as unconfirmed.
    List<Estimate> abandonOlderThan(Duration age);

    /// What now stands in the ledger for a call whose answer was not seen.
    ///
    /// @param usd null: the model has no price
    record Estimate(String provider, String model, @Nullable Usd usd) {}
}
