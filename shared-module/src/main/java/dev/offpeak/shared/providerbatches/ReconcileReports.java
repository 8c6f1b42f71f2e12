package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.Usage;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reports of reconciled batches.
public interface ReconcileReports {

    /// Sums our ledger rows of the batch and keeps them beside what the provider says. Written anew
    /// where it is there.
    ///
    /// @param said null where the provider says nothing
    ReconcileReport write(ProviderBatchRow batch, int duplicates, int unknown, int unreadable, @Nullable Usage said);

    /// @return of those that were reconciled
    Map<ProviderBatchId, ReconcileReport> of(Collection<ProviderBatchId> batches);
}
