package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A valid job that is about to be accepted.
///
/// @param workflowVersion the rule as it stood at submission decides; a later edit does not touch the job
/// @param webhook where the tenant wants to be told, if anywhere
public record JobSubmission(
        JobId id,
        TenantId tenant,
        JobType type,
        String workflow,
        int workflowVersion,
        Tier tier,
        GenerationRequest request,
        @Nullable String user,
        @Nullable String feature,
        Deadline deadline,
        @Nullable WebhookTarget webhook,
        List<String> tags,
        Map<String, String> metadata) {

    public JobSubmission {
        tags = List.copyOf(tags);
        metadata = Map.copyOf(metadata);
    }
}
