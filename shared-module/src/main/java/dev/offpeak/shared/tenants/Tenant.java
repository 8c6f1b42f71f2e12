package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.TenantId;
import java.time.Instant;

/// Somebody whose jobs, answers and money nobody else sees.
///
/// @param first whether it is the tenant of the bootstrap key
/// @param suspended its keys are refused, its data stays
/// @param promptRetentionDays how long prompts and answers are kept, 1 to 30
/// @param jobRetentionDays how long jobs and messages are kept, 1 to 90
public record Tenant(
        TenantId id,
        String name,
        boolean first,
        boolean suspended,
        int promptRetentionDays,
        int jobRetentionDays,
        Instant createdAt) {}
