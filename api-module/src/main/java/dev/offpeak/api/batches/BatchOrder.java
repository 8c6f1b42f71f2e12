package dev.offpeak.api.batches;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.webhooks.WebhookTarget;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a client asks of an upload besides its lines, checked.
///
/// @param workflow of the lines that name none
/// @param deadline null: as the settings and the workflow say
/// @param strict whether one bad line sinks the others
record BatchOrder(
        @Nullable String workflow,
        @Nullable Deadline deadline,
        @Nullable Usd maxCost,
        @Nullable WebhookTarget webhook,
        boolean lineWebhooks,
        boolean strict,
        Map<String, String> metadata) {}
