package dev.offpeak.api.requests;

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
import dev.offpeak.shared.webhooks.SealedSecrets;
import dev.offpeak.shared.webhooks.SigningSecret;
import dev.offpeak.shared.webhooks.TargetGuard;
import dev.offpeak.shared.webhooks.WebhookTarget;
import dev.offpeak.shared.workflows.Tier;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Turns what a client sent into a job that may be submitted, or says everything that is wrong with it.
@Component
public final class JobRequestReader {

    private final WorkflowStore workflows;
    private final TemplateStore templates;
    private final TemplateRenderer renderer;
    private final ProviderSettings providers;
    private final TargetGuard guard;
    private final SealedSecrets secrets;
    private final Deadlines deadlines;

    JobRequestReader(
            WorkflowStore workflows,
            TemplateStore templates,
            TemplateRenderer renderer,
            ProviderSettings providers,
            TargetGuard guard,
            SealedSecrets secrets,
            Deadlines deadlines) {
        this.workflows = workflows;
        this.templates = templates;
        this.renderer = renderer;
        this.providers = providers;
        this.guard = guard;
        this.secrets = secrets;
        this.deadlines = deadlines;
    }

    /// What holds for a request that does not say otherwise.
    ///
    /// @param workflow null: a request must name its own
    /// @param deadline null: its workflow's
    /// @param webhook null: nobody is told
    public record Defaults(
            @Nullable String workflow,
            @Nullable Deadline deadline,
            @Nullable WebhookTarget webhook) {

        static final Defaults NONE = new Defaults(null, null, null);
    }

    /// The requests of one upload: all are held against the same workflows and templates, which are read once.
    public final class Lines {

        private final TenantId tenant;
        private final Surroundings around;

        private Lines(TenantId tenant) {
            this.tenant = tenant;
            this.around = new Surroundings.Remembered(fresh(tenant));
        }

        /// @throws Problem where the tenant has no such workflow or its provider is not configured
        public Workflow workflow(String name) {
            return JobRequestReader.this.workflow(around, name);
        }

        /// @throws Problem where the request cannot become a job
        public JobSubmission read(JobId id, SubmitJobRequest request, Defaults defaults) {
            return JobRequestReader.this.read(tenant, around, id, request, defaults);
        }
    }

    /// For one thread.
    public Lines lines(TenantId tenant) {
        return new Lines(tenant);
    }

    /// @throws Problem where the request cannot become a job
    public JobSubmission read(TenantId tenant, JobId id, SubmitJobRequest request) {
        return read(tenant, fresh(tenant), id, request, Defaults.NONE);
    }

    /// @throws Problem where webhooks may not go there
    public void checkWebhookUrl(String field, String url) {
        refuse(field, guard.check(url));
    }

    private Surroundings fresh(TenantId tenant) {
        return new Surroundings.Fresh(tenant, workflows, templates, guard);
    }

    private JobSubmission read(
            TenantId tenant, Surroundings around, JobId id, SubmitJobRequest request, Defaults defaults) {
        var checks = new Checks();
        String name = request.workflow() == null ? defaults.workflow() : request.workflow();
        checks.check(name != null && !name.isBlank(), "workflow", "is required");
        RequestForm.check(checks, request);
        var deadline = deadlines.read(checks, request.deadline());
        var format = new Formats(around::faultOfSchema).read(checks, request.responseFormat());
        checks.throwIfAny();

        var workflow = workflow(around, Objects.requireNonNull(name));
        var tier = tier(request.quality(), workflow);
        checkModel(workflow, tier, request.temperature());
        var prompt = prompt(around, request);
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
                deadline == null ? byDefault(defaults, workflow) : deadline,
                workflow.definition().lane().mayWait(deadline != null || defaults.deadline() != null),
                request.webhook() == null ? defaults.webhook() : webhook(tenant, around, request.webhook()),
                tags(request.tags()),
                metadata(request.metadata()));
    }

    private static Deadline byDefault(Defaults defaults, Workflow workflow) {
        return defaults.deadline() == null
                ? new Deadline.In(workflow.definition().deadline())
                : defaults.deadline();
    }

    private Workflow workflow(Surroundings around, String name) {
        var workflow = around.workflow(name)
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

    private Prompt prompt(Surroundings around, SubmitJobRequest request) {
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
        return prompt(around, Objects.requireNonNull(request.template()));
    }

    private Prompt prompt(Surroundings around, SubmitJobRequest.TemplateUse use) {
        var template = around.template(Objects.requireNonNull(use.name()))
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

    private WebhookTarget webhook(TenantId tenant, Surroundings around, SubmitJobRequest.Webhook webhook) {
        String url = Objects.requireNonNull(webhook.url());
        refuse("webhook.url", around.webhook(url));
        byte @Nullable [] sealed = webhook.secret() == null
                ? null
                : secrets.seal(tenant, SigningSecret.parse(webhook.secret()).orElseThrow());
        return new WebhookTarget(url, sealed);
    }

    private static void refuse(String field, TargetGuard.Verdict verdict) {
        if (verdict instanceof TargetGuard.Verdict.Refused refused) {
            throw Problem.at(ErrorCode.INVALID_WEBHOOK_URL, field, "is refused: " + refused.reason());
        }
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
