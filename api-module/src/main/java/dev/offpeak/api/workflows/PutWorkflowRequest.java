package dev.offpeak.api.workflows;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole routing rule; what is left out gets its default. `object`, `version` and `created_at` are taken and ignored,
/// so that what GET answered can be changed and sent back.
@Schema(description = "A whole routing rule; what is left out gets its default.")
record PutWorkflowRequest(
        @Schema(description = "The name in the path, where given.", nullable = true) @Nullable String name,

        @Schema(
                allowableValues = {"fast", "full", "batch"},
                defaultValue = "fast",
                nullable = true)
        @Nullable String tier,

        @Schema(
                allowableValues = {"auto", "direct", "batch"},
                defaultValue = "auto",
                nullable = true)
        @Nullable String lane,

        @Schema(
                allowableValues = {"openai", "anthropic"},
                defaultValue = "openai",
                nullable = true)
        @Nullable String provider,

        @JsonProperty("fast_model")
        @Schema(example = "gpt-4o-mini", requiredMode = Schema.RequiredMode.REQUIRED)
        @Nullable String fastModel,

        @JsonProperty("full_model")
        @Schema(example = "gpt-4o", description = "The fast model where left out.", nullable = true)
        @Nullable String fullModel,

        @Schema(description = "At most 8, tried in order.", nullable = true) @Nullable List<@Nullable Fallback> fallbacks,

        @JsonProperty("max_output_tokens") @Schema(minimum = "1", defaultValue = "1000", nullable = true) @Nullable Integer maxOutputTokens,

        @JsonProperty("output_word_budget") @Schema(minimum = "1", nullable = true) @Nullable Integer outputWordBudget,

        @Schema(description = "ISO 8601, at most P7D.", example = "PT15M", nullable = true) @Nullable String deadline,

        @Schema(nullable = true) @Nullable Cache cache,
        @Schema(nullable = true) @Nullable Context context,

        @JsonProperty("system_prompt") @Schema(maxLength = 100000, nullable = true) @Nullable String systemPrompt,

        @Schema(hidden = true) @Nullable String object,
        @Schema(hidden = true) @Nullable Integer version,

        @JsonProperty("created_at") @Schema(hidden = true) @Nullable String createdAt) {

    @Schema(name = "WorkflowFallback")
    record Fallback(
            @Schema(example = "anthropic", requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String provider,

            @Schema(example = "claude-haiku-4-5", requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String model) {}

    @Schema(name = "WorkflowCache")
    record Cache(
            @Schema(
                    allowableValues = {"off", "exact", "semantic"},
                    defaultValue = "exact",
                    nullable = true)
            @Nullable String mode,

            @Schema(description = "Why it is off.", maxLength = 500, nullable = true) @Nullable String reason,

            @JsonProperty("exact_ttl") @Schema(defaultValue = "P7D", nullable = true) @Nullable String exactTtl,

            @JsonProperty("semantic_ttl") @Schema(defaultValue = "PT24H", nullable = true) @Nullable String semanticTtl,

            @JsonProperty("semantic_floor")
            @Schema(minimum = "0", maximum = "1", defaultValue = "0.70", nullable = true)
            @Nullable BigDecimal semanticFloor,

            @JsonProperty("per_user") @Schema(defaultValue = "false", nullable = true) @Nullable Boolean perUser,

            @JsonProperty("max_false_hit_rate")
            @Schema(minimum = "0", maximum = "1", defaultValue = "0.01", nullable = true)
            @Nullable BigDecimal maxFalseHitRate) {}

    @Schema(name = "WorkflowContext")
    record Context(
            @JsonProperty("max_chunks")
            @Schema(minimum = "0", maximum = "200", defaultValue = "5", nullable = true)
            @Nullable Integer maxChunks,

            @JsonProperty("min_relevance")
            @Schema(minimum = "0", maximum = "1", defaultValue = "0.2", nullable = true)
            @Nullable BigDecimal minRelevance) {}
}
