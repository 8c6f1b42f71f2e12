package dev.offpeak.shared.workflows;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A routing rule as an admin writes it.
///
/// @param tier which model jobs of quality `auto` get
/// @param fallbacks tried in order when the chosen model is unavailable
/// @param maxOutputTokens upper bound where a job names none
/// @param outputWordBudget words that the answer should keep to, if any
/// @param deadline when a job has to be finished that names no deadline itself
/// @param systemPrompt put before the messages of every job
public record WorkflowDefinition(
        String name,
        Tier tier,
        LaneRule lane,
        String provider,
        String fastModel,
        String fullModel,
        List<ModelChoice> fallbacks,
        int maxOutputTokens,
        @Nullable Integer outputWordBudget,
        Duration deadline,
        CachePolicy cache,
        ContextPolicy context,
        @Nullable String systemPrompt) {

    public WorkflowDefinition {
        fallbacks = List.copyOf(fallbacks);
    }

    /// The model of a tier, without fallbacks.
    public ModelChoice model(Tier chosen) {
        return new ModelChoice(
                provider,
                switch (chosen) {
                    case FAST -> fastModel;
                    case FULL -> fullModel;
                });
    }
}
