package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Batches that a provider made of one intent beyond the one that counts. Each is cancelled, and what its
/// lines cost nevertheless is declared as overlap. They need no claim: what is known of them only grows.
public interface ProviderBatchTwins {

    /// @param cancelledAt when the provider had taken our cancel
    /// @param endedAt when all that it cost was in the ledger
    record Twin(
            ProviderBatchId batch,
            String remoteId,
            Instant foundAt,
            @Nullable Instant cancelledAt,
            @Nullable Instant endedAt) {}

    /// @return whether it was new; the one that counts is none
    boolean found(ProviderBatchId batch, String remoteId);

    List<Twin> of(ProviderBatchId batch);

    /// Twins whose cancel no provider has taken yet, whatever became of their batch.
    List<Twin> toCancel(int limit);

    /// Twins that turned up, or ended, after their batch was accounted for; those of primers apart.
    List<Twin> late(int limit);

    /// The same of primers.
    List<Twin> lateOfPrimers(int limit);

    /// Batches of which a create was given up, whatever became of them since, newest first: it may have
    /// stalled on its way and still arrive.
    ///
    /// @param within how long after its newest create a batch is looked for
    List<ProviderBatchRow> doubted(ProviderAccount account, Duration within, int limit);

    void cancelled(ProviderBatchId batch, String remoteId);

    /// It was told by its size, and its custom ids name another batch, whose twin it is: unless that counts
    /// it as its own.
    void handOver(Twin twin, ProviderBatchId owner);

    /// All that it cost is in the ledger: receipts that waited for it may be final.
    void ended(ProviderBatchId batch, String remoteId);
}
