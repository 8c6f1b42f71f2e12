package dev.offpeak.api.requests;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A generation job as a client asks for it, before anything is checked.
@Schema(description = "A generation job. Exactly one of `prompt`, `messages` and `template`.")
public record SubmitJobRequest(
        @Schema(allowableValues = "generation", description = "May be left out.", nullable = true) @Nullable String type,

        @Schema(example = "summarise", requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String workflow,

        @Schema(description = "The whole request as one user message.", example = "Say hello.", nullable = true)
        @Nullable String prompt,

        @Schema(nullable = true) @Nullable List<@Nullable Message> messages,

        @Schema(nullable = true) @Nullable TemplateUse template,

        @Schema(description = "Texts to consider, each with an id of yours.", nullable = true) @Nullable List<@Nullable Chunk> context,

        @Schema(description = "Your user, for costs and personal answers.", maxLength = 256, nullable = true) @Nullable String user,

        @Schema(description = "Your feature, for costs.", maxLength = 128, nullable = true) @Nullable String feature,

        @Schema(
                allowableValues = {"free", "premium"},
                nullable = true)
        @Nullable String plan,

        @Schema(
                description = "When it must be finished: an ISO 8601 duration from now or an RFC 3339 time, at most"
                        + " P7D ahead. The workflow's where left out.",
                example = "PT15M",
                nullable = true)
        @Nullable String deadline,

        @Schema(
                allowableValues = {"auto", "fast", "full"},
                defaultValue = "auto",
                nullable = true)
        @Nullable String quality,

        @Schema(
                allowableValues = {"default", "refresh", "bypass"},
                defaultValue = "default",
                nullable = true)
        @Nullable String cache,

        @JsonProperty("max_cost_usd")
        @Schema(description = "A decimal string.", example = "0.05", nullable = true)
        @Nullable String maxCostUsd,

        @JsonProperty("max_output_tokens") @Schema(minimum = "1", nullable = true) @Nullable Integer maxOutputTokens,

        @Schema(minimum = "0", maximum = "2", nullable = true) @Nullable BigDecimal temperature,

        @JsonProperty("response_format") @Schema(nullable = true) @Nullable Format responseFormat,

        @Schema(nullable = true) @Nullable Webhook webhook,

        @Schema(description = "At most 16.", nullable = true) @Nullable List<@Nullable String> tags,

        @Schema(description = "At most 16 pairs; keys of 64 characters, values of 512.", nullable = true) @Nullable Map<String, @Nullable String> metadata) {

    @Schema(name = "Message")
    public record Message(
            @Schema(
                    allowableValues = {"system", "user", "assistant"},
                    requiredMode = Schema.RequiredMode.REQUIRED)
            @Nullable String role,

            @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String content) {}

    @Schema(name = "TemplateUse")
    public record TemplateUse(
            @Schema(example = "pd-v1", requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String name,

            @Schema(description = "A value for each parameter of the template.", nullable = true) @Nullable Map<String, @Nullable JsonNode> params) {}

    @Schema(name = "ContextChunk")
    public record Chunk(
            @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String id,

            @Schema(requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String text) {}

    @Schema(name = "ResponseFormat")
    public record Format(
            @Schema(
                    allowableValues = {"text", "json_object", "json_schema"},
                    requiredMode = Schema.RequiredMode.REQUIRED)
            @Nullable String type,

            @JsonProperty("json_schema") @Schema(nullable = true) @Nullable JsonSchema jsonSchema) {}

    @Schema(name = "JsonSchemaFormat")
    public record JsonSchema(
            @Schema(description = "1 to 64 letters, digits, - and _.", defaultValue = "answer", nullable = true)
            @Nullable String name,

            @Schema(nullable = true) @Nullable String description,

            @Schema(
                    description = "The JSON Schema (2020-12), without references to other documents.",
                    implementation = Object.class,
                    requiredMode = Schema.RequiredMode.REQUIRED)
            @Nullable JsonNode schema,

            @Schema(nullable = true) @Nullable Boolean strict) {}

    @Schema(name = "JobWebhook")
    public record Webhook(
            @Schema(example = "https://example.com/hooks/offpeak", requiredMode = Schema.RequiredMode.REQUIRED)
            @Nullable String url,

            @Schema(
                    description = "`whsec_` and 24 to 64 bytes in base64; the tenant's secret where left out. Never"
                            + " shown again.",
                    nullable = true)
            @Nullable String secret) {}
}
