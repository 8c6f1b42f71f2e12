package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
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
    /// An unconfirmed row of the same call becomes confirmed.
    void confirm(Call call, Usage usage, Charge charge, @Nullable String requestId);

    /// The answer was not seen whole: the estimate stands in the ledger. Changes nothing where the call has settled.
    void leaveUnconfirmed(Call call, ErrorCode why);

    /// The provider bills nothing for it. Changes nothing where the call has settled.
    void notBilled(Call call, ErrorCode why);

    /// Marks calls of this job that an earlier claim left in flight as unconfirmed.
    ///
    /// @return how many
    int abandonEarlier(JobId job, long fence);

    /// Marks calls that have been in flight for longer than any call can take as unconfirmed.
    ///
    /// @return how many
    int abandonOlderThan(Duration age);
}
