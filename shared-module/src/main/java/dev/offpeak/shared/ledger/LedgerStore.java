package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.LedgerEntryId;
import dev.offpeak.shared.core.TenantId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads the ledger. Rows are written by [CallStore], in the transaction that settles the call.
public interface LedgerStore {

    /// @return what each of these jobs cost so far; jobs without a row are absent
    Map<JobId, Receipt> receipts(Collection<JobId> jobs);

    /// Entries of a tenant, newest first.
    ///
    /// @param job only this job's, where given
    /// @param from inclusive, by the time of the entry
    /// @param to exclusive
    /// @param after the last entry already read, exclusive
    List<LedgerEntry> list(
            TenantId tenant,
            @Nullable JobId job,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable LedgerEntryId after,
            int limit);
}
