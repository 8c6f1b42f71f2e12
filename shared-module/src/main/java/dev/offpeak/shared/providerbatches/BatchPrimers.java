package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.ledger.Charge;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
import java.util.Optional;

/// Batches of one line that write a prompt prefix into a provider's cache before the batches that read it.
/// The line is nobody's job: what it costs stands in the ledger beside the first job of the batch that it
/// was made for.
public interface BatchPrimers {

    /// The newest primer of a batch's prefix, whichever of the tenant's batches it was made for and whatever
    /// became of it.
    Optional<ProviderBatchRow> newest(ProviderBatchRow batch);

    /// Makes a primer, closed and due, for a batch that has none.
    ///
    /// @param tokens of its prompt
    /// @param recently how old a primer of the same prefix may be that makes another one needless
    /// @return false where a newer claim holds the batch, it has one already, or another has just been made
    boolean begin(ProviderBatchRow batch, long tokens, Duration recently);

    /// Writes what the primer's line cost, once for each batch at the provider.
    ///
    /// @param bill of the line at one batch at the provider
    /// @return whether it was new
    boolean bill(ProviderBatchRow primer, Bill bill);

    /// @param remoteId of the batch that it came from: the primer, or a twin of it
    /// @param overlap whether it was a twin
    /// @param confirmed whether the provider has said so; else this is what it may have cost
    record Bill(String remoteId, Usage usage, Charge charge, boolean overlap, boolean confirmed) {}

    /// `reconciling → reconciled`; who waits for it is woken.
    ///
    /// @param wrote whether the prefix is in the cache now
    /// @return empty where a newer claim holds it
    Optional<ProviderBatchRow> settled(ProviderBatchRow primer, boolean wrote);
}
