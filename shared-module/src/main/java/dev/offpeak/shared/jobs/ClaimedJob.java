package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.workflows.Tier;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One attempt at a job: whoever holds the newest fence may write its outcome.
///
/// @param attempt counts from 1; a snooze is not an attempt
/// @param waited how long it waited from the moment it was due, on the database's clock
/// @param timeLeft until the deadline, on the database's clock
/// @param mayWait whether it may go through a provider batch
/// @param rescue whether its line is late and it is to be called now
/// @param interrupted whether an earlier claim may have left a call in flight
/// @param batch the tenant's bulk that it is a line of
public record ClaimedJob(
        JobId id,
        Instant createdAt,
        TenantId tenant,
        long fence,
        WorkerId worker,
        int attempt,
        boolean interrupted,
        String workflow,
        int workflowVersion,
        Tier tier,
        @Nullable String user,
        @Nullable String feature,
        @Nullable BatchId batch,
        Duration waited,
        Duration timeLeft,
        boolean mayWait,
        boolean rescue,
        GenerationRequest request) {}
