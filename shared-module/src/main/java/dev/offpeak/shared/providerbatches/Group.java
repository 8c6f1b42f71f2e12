package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.providers.ProviderAccount;
import org.jspecify.annotations.Nullable;

/// What the lines of one provider batch have in common.
///
/// @param bulk the tenant's batch that has provider batches of its own; null: lines of any of the tenant's jobs
/// @param endpoint at the provider, `/v1/chat/completions` or `/v1/messages`
/// @param prefix hash of the prompt prefix that they share, `""` where that does not matter
public record Group(
        TenantId tenant,
        @Nullable BatchId bulk,
        ProviderAccount account,
        String model,
        String endpoint,
        String prefix) {}
