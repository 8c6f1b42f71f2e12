package dev.offpeak.shared.batches;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.LineEstimate;
import dev.offpeak.shared.workflows.Tier;
import java.time.Instant;

/// A line that waits for its feeder.
///
/// @param mayWait whether it may go through a provider batch
public record UnfedLine(
        JobId job,
        Instant createdAt,
        Instant deadline,
        String workflow,
        int workflowVersion,
        Tier tier,
        boolean mayWait,
        LineEstimate estimate) {}
