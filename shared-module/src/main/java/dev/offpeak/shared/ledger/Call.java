package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.CallId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One direct request to a provider that is about to be made, with all that its ledger row will need.
///
/// @param estimate the most that the request should use
/// @param estimatedCharge what that would cost
public record Call(
        CallId id,
        JobId job,
        Instant jobCreatedAt,
        TenantId tenant,
        long fence,
        WorkerId worker,
        ProviderAccount account,
        String model,
        String workflow,
        @Nullable String user,
        @Nullable String feature,
        Usage estimate,
        Charge estimatedCharge) {}
