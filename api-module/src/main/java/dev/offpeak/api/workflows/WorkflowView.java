package dev.offpeak.api.workflows;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.http.Times;
import dev.offpeak.shared.workflows.CachePolicy;
import dev.offpeak.shared.workflows.ContextPolicy;
import dev.offpeak.shared.workflows.Workflow;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Schema(name = "Workflow")
record WorkflowView(
        @Schema(example = "classify") String name,
        @Schema(allowableValues = "workflow") String object,
        int version,
        @Schema(allowableValues = {"fast", "full"}) String tier,

        @Schema(allowableValues = {"auto", "direct", "batch"})
        String lane,

        String provider,
        @JsonProperty("fast_model") String fastModel,
        @JsonProperty("full_model") String fullModel,
        List<Fallback> fallbacks,
        @JsonProperty("max_output_tokens") int maxOutputTokens,

        @JsonProperty("output_word_budget") @Schema(nullable = true) @Nullable Integer outputWordBudget,

        @Schema(example = "PT15M") String deadline,
        Cache cache,
        Context context,

        @JsonProperty("system_prompt") @Schema(nullable = true) @Nullable String systemPrompt,

        @JsonProperty("created_at") Instant createdAt) {

    @Schema(name = "WorkflowFallbackView")
    record Fallback(String provider, String model) {}

    @Schema(name = "WorkflowCacheView")
    record Cache(
            @Schema(allowableValues = {"off", "exact", "semantic"})
            String mode,

            @Schema(nullable = true) @Nullable String reason,
            @JsonProperty("exact_ttl") String exactTtl,
            @JsonProperty("semantic_ttl") String semanticTtl,
            @JsonProperty("semantic_floor") BigDecimal semanticFloor,
            @JsonProperty("per_user") boolean perUser,
            @JsonProperty("max_false_hit_rate") BigDecimal maxFalseHitRate) {

        static Cache of(CachePolicy policy) {
            return new Cache(
                    policy.mode().wire(),
                    policy.reason(),
                    Times.text(policy.exactTtl()),
                    Times.text(policy.semanticTtl()),
                    policy.semanticFloor(),
                    policy.perUser(),
                    policy.maxFalseHitRate());
        }
    }

    @Schema(name = "WorkflowContextView")
    record Context(
            @JsonProperty("max_chunks") int maxChunks,
            @JsonProperty("min_relevance") BigDecimal minRelevance) {

        static Context of(ContextPolicy policy) {
            return new Context(policy.maxChunks(), policy.minRelevance());
        }
    }

    static WorkflowView of(Workflow workflow) {
        var definition = workflow.definition();
        return new WorkflowView(
                workflow.name(),
                "workflow",
                workflow.version(),
                definition.tier().wire(),
                definition.lane().wire(),
                definition.provider(),
                definition.fastModel(),
                definition.fullModel(),
                definition.fallbacks().stream()
                        .map(choice -> new Fallback(choice.provider(), choice.model()))
                        .toList(),
                definition.maxOutputTokens(),
                definition.outputWordBudget(),
                Times.text(definition.deadline()),
                Cache.of(definition.cache()),
                Context.of(definition.context()),
                definition.systemPrompt(),
                workflow.createdAt());
    }
}
