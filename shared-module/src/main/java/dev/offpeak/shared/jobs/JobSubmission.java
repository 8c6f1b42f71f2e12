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
/// @param mayWait whether it may go through a provider batch; else it is called directly
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
        boolean mayWait,
        @Nullable WebhookTarget webhook,
        List<String> tags,
        Map<String, String> metadata) {

    public JobSubmission {
        tags = List.copyOf(tags);
        metadata = Map.copyOf(metadata);
    }

    /// The same job, but called directly.
    public JobSubmission directly() {
        return new JobSubmission(
                id,
                tenant,
                type,
                workflow,
                workflowVersion,
                tier,
                request,
                user,
                feature,
                deadline,
                false,
                webhook,
                tags,
                metadata);
    }
}
