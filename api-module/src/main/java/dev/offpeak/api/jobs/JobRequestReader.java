package dev.offpeak.api.jobs;

import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.api.problems.FieldError;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.GenerationRequest.ContextChunk;
import dev.offpeak.shared.jobs.GenerationRequest.TemplateRef;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.prompts.InvalidTemplateParams;
import dev.offpeak.shared.prompts.TemplateRenderer;
import dev.offpeak.shared.prompts.TemplateStore;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ChatMessage.Role;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.schemas.AnswerSchema;
import dev.offpeak.shared.schemas.InvalidAnswerSchema;
import dev.offpeak.shared.webhooks.SealedSecrets;
import dev.offpeak.shared.webhooks.SigningSecret;
import dev.offpeak.shared.webhooks.TargetGuard;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Turns what a client sent into a job that may be submitted, or says everything that is wrong with it.
@Component
class JobRequestReader {

    static final Duration LONGEST_DEADLINE = Duration.ofDays(7);

    private static final int MOST_OUTPUT_TOKENS = 1_000_000;
    private static final int MOST_CHUNKS = 200;
    private static final int MOST_MESSAGES = 1_000;
    private static final Pattern DECIMAL = Pattern.compile("\\d{1,12}(\\.\\d{1,12})?");
    private static final Pattern SCHEMA_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");

    private final WorkflowStore workflows;
    private final TemplateStore templates;
    private final TemplateRenderer renderer;
    private final ProviderSettings providers;
    private final TargetGuard guard;
    private final SealedSecrets secrets;
    private final Clock clock;

    JobRequestReader(
            WorkflowStore workflows,
            TemplateStore templates,
            TemplateRenderer renderer,
            ProviderSettings providers,
            TargetGuard guard,
            SealedSecrets secrets,
            Clock clock) {
        this.workflows = workflows;
        this.templates = templates;
        this.renderer = renderer;
        this.providers = providers;
        this.guard = guard;
        this.secrets = secrets;
        this.clock = clock;
    }

    /// @throws Problem where the request cannot become a job
    JobSubmission read(TenantId tenant, JobId id, SubmitJobRequest request) {
        var checks = new Checks();
        checkForm(checks, request);
        var deadline = deadline(checks, request.deadline());
        var format = format(checks, request.responseFormat());
        checks.throwIfAny();

        var workflow = workflow(tenant, Objects.requireNonNull(request.workflow()));
        var tier = tier(request.quality(), workflow);
        checkModel(workflow, tier, request.temperature());
        var prompt = prompt(tenant, request);
        var generation = new GenerationRequest(
                prompt.messages(),
                prompt.template(),
                context(request.context()),
                orElse(request.quality(), "auto"),
                orElse(request.cache(), "default"),
                request.plan(),
                request.maxCostUsd() == null ? null : Usd.of(request.maxCostUsd()),
                request.maxOutputTokens(),
                request.temperature(),
                format);
        return new JobSubmission(
                id,
                tenant,
                JobType.GENERATION,
                workflow.name(),
                workflow.version(),
                tier,
                generation,
                request.user(),
                request.feature(),
                deadline == null ? new Deadline.In(workflow.definition().deadline()) : deadline,
                webhook(tenant, request.webhook()),
                tags(request.tags()),
                metadata(request.metadata()));
    }

    private static void checkForm(Checks checks, SubmitJobRequest request) {
        checks.check(
                request.type() == null || request.type().equals("generation"),
                "type",
                "must be generation; other kinds of work have endpoints of their own");
        checks.check(request.workflow() != null && !request.workflow().isBlank(), "workflow", "is required");
        checkInput(checks, request);
        checkContext(checks, request.context());
        checkText(checks, request.user(), "user", 256);
        checkText(checks, request.feature(), "feature", 128);
        checkChoice(checks, request.plan(), "plan", List.of("free", "premium"));
        checkChoice(checks, request.quality(), "quality", List.of("auto", "fast", "full"));
        checkChoice(checks, request.cache(), "cache", List.of("default", "refresh", "bypass"));
        checkNumbers(checks, request);
        checkTags(checks, request.tags());
        checkMetadata(checks, request.metadata());
        checkWebhook(checks, request.webhook());
    }

    private static void checkInput(Checks checks, SubmitJobRequest request) {
        int given = (request.prompt() == null ? 0 : 1)
                + (request.messages() == null ? 0 : 1)
                + (request.template() == null ? 0 : 1);
        if (!checks.check(given == 1, "prompt", "or messages or template must be given, and only one of them")) {
            return;
        }
        if (request.prompt() != null) {
            checks.check(!request.prompt().isBlank(), "prompt", "must not be blank");
        }
        if (request.messages() != null) {
            checkMessages(checks, request.messages());
        }
        if (request.template() != null) {
            checks.check(
                    request.template().name() != null
                            && !request.template().name().isBlank(),
                    "template.name",
                    "is required");
        }
    }

    private static void checkMessages(Checks checks, List<SubmitJobRequest.@Nullable Message> messages) {
        if (!checks.check(
                !messages.isEmpty() && messages.size() <= MOST_MESSAGES,
                "messages",
                "must have 1 to " + MOST_MESSAGES + " messages")) {
            return;
        }
        boolean asked = false;
        for (int i = 0; i < messages.size(); i++) {
            var message = messages.get(i);
            String field = "messages[" + i + "]";
            if (message == null) {
                checks.wrong(field, "must be an object");
                continue;
            }
            if (message.role() == null) {
                checks.wrong(field + ".role", "is required");
            }
            checkChoice(checks, message.role(), field + ".role", List.of("system", "user", "assistant"));
            checks.check(
                    message.content() != null && !message.content().isBlank(), field + ".content", "must not be blank");
            asked |= "user".equals(message.role());
        }
        checks.check(asked, "messages", "must have a message of the user");
    }

    private static void checkContext(Checks checks, @Nullable List<SubmitJobRequest.@Nullable Chunk> context) {
        if (context == null) {
            return;
        }
        checks.check(context.size() <= MOST_CHUNKS, "context", "may have at most " + MOST_CHUNKS + " chunks");
        var ids = new HashSet<String>();
        for (int i = 0; i < context.size(); i++) {
            var chunk = context.get(i);
            String field = "context[" + i + "]";
            if (chunk == null) {
                checks.wrong(field, "must be an object");
                continue;
            }
            String id = chunk.id();
            if (checks.check(
                    id != null && !id.isBlank() && id.length() <= 128, field + ".id", "must be 1 to 128 characters")) {
                checks.check(ids.add(id), field + ".id", "is there twice");
            }
            checks.check(chunk.text() != null && !chunk.text().isBlank(), field + ".text", "must not be blank");
        }
    }

    private static void checkNumbers(Checks checks, SubmitJobRequest request) {
        String cost = request.maxCostUsd();
        if (cost != null) {
            checks.check(
                    DECIMAL.matcher(cost).matches() && new BigDecimal(cost).signum() > 0,
                    "max_cost_usd",
                    "must be a decimal string above 0, with at most 12 decimals");
        }
        Integer tokens = request.maxOutputTokens();
        if (tokens != null) {
            checks.check(
                    tokens >= 1 && tokens <= MOST_OUTPUT_TOKENS,
                    "max_output_tokens",
                    "must be 1 to " + MOST_OUTPUT_TOKENS);
        }
        BigDecimal temperature = request.temperature();
        if (temperature != null) {
            checks.check(
                    temperature.signum() >= 0 && temperature.compareTo(BigDecimal.TWO) <= 0 && temperature.scale() <= 6,
                    "temperature",
                    "must be 0 to 2, with at most 6 decimals");
        }
    }

    private static void checkTags(Checks checks, @Nullable List<@Nullable String> tags) {
        if (tags == null) {
            return;
        }
        checks.check(tags.size() <= 16, "tags", "may have at most 16 tags");
        var seen = new HashSet<String>();
        for (int i = 0; i < tags.size(); i++) {
            String tag = tags.get(i);
            if (checks.check(
                    tag != null && !tag.isBlank() && tag.length() <= 64,
                    "tags[" + i + "]",
                    "must be a string of 1 to 64 characters")) {
                checks.check(seen.add(tag), "tags[" + i + "]", "is there twice");
            }
        }
    }

    private static void checkMetadata(Checks checks, @Nullable Map<String, @Nullable String> metadata) {
        if (metadata == null) {
            return;
        }
        checks.check(metadata.size() <= 16, "metadata", "may have at most 16 pairs");
        metadata.forEach((key, value) -> {
            checks.check(!key.isBlank() && key.length() <= 64, "metadata", "must have keys of 1 to 64 characters");
            checks.check(
                    value != null && value.length() <= 512,
                    "metadata." + (key.length() <= 64 ? key : key.substring(0, 64)),
                    "must be a string of at most 512 characters");
        });
    }

    private static void checkWebhook(Checks checks, SubmitJobRequest.@Nullable Webhook webhook) {
        if (webhook == null) {
            return;
        }
        checks.check(webhook.url() != null, "webhook.url", "is required");
        if (webhook.secret() != null) {
            checks.check(
                    SigningSecret.parse(webhook.secret()).isPresent(),
                    "webhook.secret",
                    "must be whsec_ and 24 to 64 bytes in base64");
        }
    }

    private static void checkText(Checks checks, @Nullable String text, String field, int most) {
        if (text != null) {
            checks.check(
                    !text.isBlank() && text.length() <= most,
                    field,
                    "must be a string of 1 to " + most + " characters");
        }
    }

    private static void checkChoice(Checks checks, @Nullable String text, String field, List<String> choices) {
        if (text != null) {
            checks.check(choices.contains(text), field, "must be one of " + String.join(", ", choices));
        }
    }

    private @Nullable Deadline deadline(Checks checks, @Nullable String text) {
        if (text == null) {
            return null;
        }
        var duration = Times.duration(text);
        var instant = Times.instant(text);
        if (duration.isEmpty() && instant.isEmpty()) {
            checks.wrong("deadline", "must be a duration such as PT15M or a time such as 2026-11-21T12:00:00Z");
            return null;
        }
        var ahead = duration.orElseGet(() -> Duration.between(clock.instant(), instant.orElseThrow()));
        checks.check(ahead.isPositive(), "deadline", "must be in the future");
        checks.check(ahead.compareTo(LONGEST_DEADLINE) <= 0, "deadline", "must be at most P7D ahead");
        return duration.<Deadline>map(Deadline.In::new).orElseGet(() -> new Deadline.At(instant.orElseThrow()));
    }

    private static ResponseFormat format(Checks checks, SubmitJobRequest.@Nullable Format format) {
        if (format == null) {
            return new ResponseFormat.Text();
        }
        String type = format.type();
        var schema = format.jsonSchema();
        checks.check(
                (schema != null) == "json_schema".equals(type),
                "response_format.json_schema",
                "must be there with type json_schema, and only then");
        if (type == null) {
            checks.wrong("response_format.type", "is required");
            return new ResponseFormat.Text();
        }
        return switch (type) {
            case "text" -> new ResponseFormat.Text();
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> schema == null ? new ResponseFormat.JsonObject() : schemaFormat(checks, schema);
            default -> {
                checks.wrong("response_format.type", "must be one of text, json_object, json_schema");
                yield new ResponseFormat.Text();
            }
        };
    }

    private static ResponseFormat schemaFormat(Checks checks, SubmitJobRequest.JsonSchema format) {
        String name = orElse(format.name(), "answer");
        checks.check(
                SCHEMA_NAME.matcher(name).matches(),
                "response_format.json_schema.name",
                "must be 1 to 64 letters, digits, - and _");
        JsonNode schema = format.schema();
        String field = "response_format.json_schema.schema";
        if (schema == null || schema.isNull()) {
            checks.wrong(field, "is required");
            return new ResponseFormat.JsonObject();
        }
        String text = schema.toString();
        try {
            AnswerSchema.compile(text);
        } catch (InvalidAnswerSchema invalid) {
            checks.wrong(field, Objects.requireNonNull(invalid.getMessage()));
        }
        return new ResponseFormat.JsonSchema(name, text, Boolean.TRUE.equals(format.strict()));
    }

    private Workflow workflow(TenantId tenant, String name) {
        var workflow = workflows
                .current(tenant, name)
                .orElseThrow(() -> Problem.at(ErrorCode.UNKNOWN_WORKFLOW, "workflow", "is not one of your workflows"));
        String provider = workflow.definition().provider();
        if (providers.resolve(provider).isEmpty()) {
            throw Problem.at(
                    ErrorCode.PROVIDER_NOT_CONFIGURED,
                    "workflow",
                    "uses " + provider + ", which is not configured here");
        }
        return workflow;
    }

    private static Tier tier(@Nullable String quality, Workflow workflow) {
        return quality == null || quality.equals("auto") ? workflow.definition().tier() : Tier.ofWire(quality);
    }

    private static void checkModel(Workflow workflow, Tier tier, @Nullable BigDecimal temperature) {
        if (temperature == null) {
            return;
        }
        var model = workflow.definition().model(tier);
        var highest = ModelCapabilities.highestTemperature(model.provider(), model.model());
        if (highest.isEmpty()) {
            throw Problem.at(ErrorCode.UNSUPPORTED_PARAMETER, "temperature", "is not taken by " + model.model());
        }
        if (temperature.compareTo(highest.get()) > 0) {
            throw Problem.at(
                    ErrorCode.UNSUPPORTED_PARAMETER,
                    "temperature",
                    "may be at most " + highest.get().toPlainString() + " for " + model.model());
        }
    }

    private record Prompt(
            List<ChatMessage> messages, @Nullable TemplateRef template) {}

    private Prompt prompt(TenantId tenant, SubmitJobRequest request) {
        if (request.prompt() != null) {
            return new Prompt(List.of(new ChatMessage(Role.USER, request.prompt())), null);
        }
        if (request.messages() != null) {
            return new Prompt(
                    request.messages().stream()
                            .map(Objects::requireNonNull)
                            .map(message -> new ChatMessage(
                                    Role.ofWire(Objects.requireNonNull(message.role())),
                                    Objects.requireNonNull(message.content())))
                            .toList(),
                    null);
        }
        return prompt(tenant, Objects.requireNonNull(request.template()));
    }

    private Prompt prompt(TenantId tenant, SubmitJobRequest.TemplateUse use) {
        var template = templates
                .current(tenant, Objects.requireNonNull(use.name()))
                .orElseThrow(
                        () -> Problem.at(ErrorCode.UNKNOWN_TEMPLATE, "template.name", "is not one of your templates"));
        var values = new HashMap<String, JsonNode>();
        if (use.params() != null) {
            use.params().forEach((name, value) -> {
                if (value != null) {
                    values.put(name, value);
                }
            });
        }
        try {
            var rendered = renderer.render(template, values);
            return new Prompt(
                    rendered.messages(), new TemplateRef(template.name(), template.version(), rendered.params()));
        } catch (InvalidTemplateParams misfit) {
            throw Problem.of(
                    ErrorCode.INVALID_TEMPLATE_PARAMS,
                    misfit.faults().stream()
                            .map(fault -> new FieldError("template.params." + fault.param(), fault.message()))
                            .toList());
        }
    }

    private @Nullable WebhookTarget webhook(TenantId tenant, SubmitJobRequest.@Nullable Webhook webhook) {
        if (webhook == null) {
            return null;
        }
        String url = Objects.requireNonNull(webhook.url());
        if (guard.check(url) instanceof TargetGuard.Verdict.Refused refused) {
            throw Problem.at(ErrorCode.INVALID_WEBHOOK_URL, "webhook.url", "is refused: " + refused.reason());
        }
        byte @Nullable [] sealed = webhook.secret() == null
                ? null
                : secrets.seal(tenant, SigningSecret.parse(webhook.secret()).orElseThrow());
        return new WebhookTarget(url, sealed);
    }

    private static List<ContextChunk> context(@Nullable List<SubmitJobRequest.@Nullable Chunk> context) {
        if (context == null) {
            return List.of();
        }
        var chunks = new ArrayList<ContextChunk>();
        for (var chunk : context) {
            if (chunk != null) {
                chunks.add(new ContextChunk(Objects.requireNonNull(chunk.id()), Objects.requireNonNull(chunk.text())));
            }
        }
        return chunks;
    }

    private static List<String> tags(@Nullable List<@Nullable String> tags) {
        return tags == null
                ? List.of()
                : tags.stream().map(Objects::requireNonNull).toList();
    }

    private static Map<String, String> metadata(@Nullable Map<String, @Nullable String> metadata) {
        var pairs = new HashMap<String, String>();
        if (metadata != null) {
            metadata.forEach((key, value) -> pairs.put(key, Objects.requireNonNull(value)));
        }
        return pairs;
    }

    private static String orElse(@Nullable String text, String otherwise) {
        return text == null ? otherwise : text;
    }
}
