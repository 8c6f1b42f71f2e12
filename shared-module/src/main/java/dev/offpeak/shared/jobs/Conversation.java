package dev.offpeak.shared.jobs;

import static java.util.stream.Collectors.joining;

import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ChatMessage.Role;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// What is sent to a provider for a request: the workflow's part and the caller's.
public final class Conversation {

    private Conversation() {}

    /// Instructions first and unchanged from job to job, so that providers can cache the prefix; what
    /// varies comes last.
    public static List<ChatMessage> messages(GenerationRequest request, WorkflowDefinition rule) {
        var messages = new ArrayList<>(prefix(rule));
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

    /// The messages that all requests of a workflow's version begin with, word for word.
    public static List<ChatMessage> prefix(WorkflowDefinition rule) {
        String instructions = instructions(rule);
        return instructions.isEmpty() ? List.of() : List.of(new ChatMessage(Role.SYSTEM, instructions));
    }

    public static int maxOutputTokens(GenerationRequest request, WorkflowDefinition rule) {
        return Objects.requireNonNullElse(request.maxOutputTokens(), rule.maxOutputTokens());
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
