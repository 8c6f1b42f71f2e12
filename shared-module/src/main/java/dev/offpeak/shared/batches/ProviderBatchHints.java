package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.ProviderBatchId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Provider batches as the API sees them: listed for operators, and hinted at by their providers.
public interface ProviderBatchHints {

    /// Makes the step of a batch due that its provider says has changed; whoever sweeps wakes it. A hint only: it
    /// changes no state.
    ///
    /// @param provider the protocol
    /// @return whether there is such a batch that has not finished
    boolean lookNow(String provider, String remoteId);

    /// Newest first, of all tenants.
    ///
    /// @param state null: any
    List<ProviderBatchView> list(@Nullable String state, @Nullable ProviderBatchId after, int limit);
}
