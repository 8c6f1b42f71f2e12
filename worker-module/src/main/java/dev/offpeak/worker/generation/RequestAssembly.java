package dev.offpeak.worker.generation;

import static java.util.stream.Collectors.joining;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ChatMessage.Role;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.worker.lanes.Candidate;
import dev.offpeak.worker.lanes.LaneRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Turns a job and its workflow's rule into the conversation that is sent and the models that may answer it.
final class RequestAssembly {

    private final ProviderSettings providers;

    RequestAssembly(ProviderSettings providers) {
        this.providers = providers;
    }

    /// @param spent what earlier attempts at the job cost
    LaneRequest assemble(ClaimedJob job, WorkflowDefinition rule, Usd spent) {
        GenerationRequest request = job.request();
        return new LaneRequest(
                job,
                candidates(rule, job.tier()),
                messages(request, rule),
                Objects.requireNonNullElse(request.maxOutputTokens(), rule.maxOutputTokens()),
                request.temperature(),
                request.responseFormat(),
                request.maxCost() == null ? null : request.maxCost().minus(spent));
    }

    /// The tier's model first, then the fallbacks in their order; a provider that is not configured is left out.
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

    /// Instructions first and unchanged from job to job, so that providers can cache the prefix; what varies comes
    /// last.
    private static List<ChatMessage> messages(GenerationRequest request, WorkflowDefinition rule) {
        var messages = new ArrayList<ChatMessage>();
        String instructions = instructions(rule);
        if (!instructions.isEmpty()) {
            messages.add(new ChatMessage(Role.SYSTEM, instructions));
        }
        // Relevance needs embeddings, which come with the semantic layer; until then the caller's order decides.
        var chunks =
                request.context().stream().limit(rule.context().maxChunks()).toList();
        if (!chunks.isEmpty()) {
            messages.add(new ChatMessage(
                    Role.SYSTEM,
                    chunks.stream()
                            .map(chunk -> "[" + chunk.id() + "] " + chunk.text())
                            .collect(joining("\n\n", "Consider this context:\n\n", ""))));
        }
        messages.addAll(request.messages());
        return messages;
    }

    private static String instructions(WorkflowDefinition rule) {
        var parts = new ArrayList<String>();
        if (rule.systemPrompt() != null && !rule.systemPrompt().isBlank()) {
            parts.add(rule.systemPrompt());
        }
        if (rule.outputWordBudget() != null) {
            parts.add("Answer in at most " + rule.outputWordBudget() + " words.");
        }
        return String.join("\n\n", parts);
    }
}
