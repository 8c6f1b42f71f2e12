package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.WorkerId;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.Tier;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/// A job like any other, where a test does not care.
final class SomeJob {

    private SomeJob() {}

    static GenerationRequest request() {
        return new GenerationRequest(
                List.of(new ChatMessage(ChatMessage.Role.USER, "7 x 6")),
                null,
                List.of(),
                "auto",
                "default",
                null,
                null,
                null,
                null,
                new ResponseFormat.Text());
    }

    static ClaimedJob claimed() {
        return claimed(false, false);
    }

    static ClaimedJob thatMayWait() {
        return claimed(true, false);
    }

    /// Its line is late.
    static ClaimedJob inNeed() {
        return claimed(true, true);
    }

    private static ClaimedJob claimed(boolean mayWait, boolean rescue) {
        return new ClaimedJob(
                new JobId(UUID.randomUUID()),
                Instant.EPOCH,
                new TenantId(UUID.randomUUID()),
                1,
                new WorkerId(UUID.randomUUID()),
                1,
                false,
                "classify",
                1,
                Tier.FAST,
                null,
                null,
                null,
                Duration.ZERO,
                Duration.ofMinutes(10),
                mayWait,
                rescue,
                request());
    }
}
