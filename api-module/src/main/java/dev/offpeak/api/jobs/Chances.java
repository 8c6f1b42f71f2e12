package dev.offpeak.api.jobs;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.lanes.LaneTimes;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/// What is said of a job's chances when it is submitted: whether the direct lane could still carry it in
/// time, even if a provider batch does not come.
@Component
class Chances {

    private static final int MOST_KEPT = 10_000;

    private final WorkflowStore workflows;
    private final ProviderSettings providers;
    private final LaneTimes times;

    /// A version never changes, so its models are read once.
    private final Cache<Rule, Optional<ModelChoice>> models =
            Caffeine.newBuilder().maximumSize(MOST_KEPT).build();

    private record Rule(TenantId tenant, String workflow, int version, Tier tier) {}

    Chances(WorkflowStore workflows, ProviderSettings providers, LaneTimes times) {
        this.workflows = workflows;
        this.providers = providers;
        this.times = times;
    }

    /// @return nothing where the capacity suffices
    List<LaneReason> warnings(JobSubmission submission, JobView accepted) {
        Duration timeLeft = Duration.between(accepted.createdAt(), accepted.deadline());
        return model(submission)
                .flatMap(model -> providers
                        .resolve(model.provider())
                        .map(account ->
                                times.capacity(account, model.model(), timeLeft).shortfall(timeLeft)))
                .orElse(List.of());
    }

    private Optional<ModelChoice> model(JobSubmission job) {
        return models.get(
                new Rule(job.tenant(), job.workflow(), job.workflowVersion(), job.tier()),
                rule -> workflows
                        .version(rule.tenant(), rule.workflow(), rule.version())
                        .map(workflow -> workflow.definition().model(rule.tier())));
    }
}
