package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.providers.Usage;
import java.time.Instant;
import java.util.UUID;

/// A line that was sent and of which nothing is known yet, with what it takes to judge its answer.
///
/// @param id of its ledger row
/// @param attempts of its job so far; this line is one more
/// @param estimate the most that it should have used
public record OpenLine(
        int number, UUID id, JobId job, Instant jobCreatedAt, int attempts, ResponseFormat format, Usage estimate) {}
