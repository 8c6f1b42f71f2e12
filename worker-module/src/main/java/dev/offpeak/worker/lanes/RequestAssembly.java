package dev.offpeak.worker.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.Conversation;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import java.util.ArrayList;
import java.util.List;

/// Turns a job and its workflow's rule into the conversation that is sent and the models that may answer
/// it.
public final class RequestAssembly {

    private final ProviderSettings providers;

    public RequestAssembly(ProviderSettings providers) {
        this.providers = providers;
    }

    /// @param spent what earlier attempts at the job cost
    public LaneRequest assemble(ClaimedJob job, WorkflowDefinition rule, Usd spent) {
        GenerationRequest request = job.request();
        return new LaneRequest(
                job,
                candidates(rule, job.tier()),
                messages(request, rule),
                maxOutputTokens(request, rule),
                request.temperature(),
                request.responseFormat(),
                request.maxCost() == null ? null : request.maxCost().minus(spent));
    }

    /// The same conversation as a line of a provider batch.
    ///
    /// @param cached whether the provider is told to keep the prefix that all lines share; see [#prefix]
    public static BatchLine line(
            String customId, String model, GenerationRequest request, WorkflowDefinition rule, boolean cached) {
        return new BatchLine(
                customId,
                model,
                messages(request, rule),
                maxOutputTokens(request, rule),
                request.temperature(),
                request.responseFormat(),
                cached ? prefix(rule).size() : 0);
    }

    /// The messages that all requests of a workflow's version begin with, word for word.
    public static List<ChatMessage> prefix(WorkflowDefinition rule) {
        return Conversation.prefix(rule);
    }

    public static int maxOutputTokens(GenerationRequest request, WorkflowDefinition rule) {
        return Conversation.maxOutputTokens(request, rule);
    }

    /// The tier's model first, then the fallbacks in their order; a provider that is not configured is
    /// left out.
    private List<Candidate> candidates(WorkflowDefinition rule, Tier tier) {
        var candidates = new ArrayList<Candidate>();
        add(candidates, rule.model(tier));
        rule.fallbacks().forEach(fallback -> add(candidates, fallback));
        return candidates;
    }

    private void add(List<Candidate> candidates, ModelChoice choice) {
        providers
                .resolve(choice.provider())
                .ifPresent(account -> candidates.add(new Candidate(account, choice.model())));
    }

    public static List<ChatMessage> messages(GenerationRequest request, WorkflowDefinition rule) {
        return Conversation.messages(request, rule);
    }
}
