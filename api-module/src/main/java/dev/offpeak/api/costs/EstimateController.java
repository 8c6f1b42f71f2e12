package dev.offpeak.api.costs;

import dev.offpeak.api.http.PreferredWait;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.api.requests.SubmitJobRequest;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.Conversation;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.lanes.LaneTimes;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.lanes.Willingness;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.TokenEstimate;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.workflows.ModelChoice;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowDefinition;
import dev.offpeak.shared.workflows.WorkflowStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/estimates")
@Tag(name = "Money")
class EstimateController {

    private static final int MOST_REQUESTS = 1_000_000;

    private final JobRequestReader reader;
    private final WorkflowStore workflows;
    private final ProviderSettings providers;
    private final Lanes lanes;
    private final LaneTimes times;
    private final Charges charges;
    private final Idempotency idempotency;
    private final IdGenerator ids;
    private final Clock clock;

    EstimateController(
            JobRequestReader reader,
            WorkflowStore workflows,
            ProviderSettings providers,
            Lanes lanes,
            LaneTimes times,
            Charges charges,
            Idempotency idempotency,
            IdGenerator ids,
            Clock clock) {
        this.reader = reader;
        this.workflows = workflows;
        this.providers = providers;
        this.lanes = lanes;
        this.times = times;
        this.charges = charges;
        this.idempotency = idempotency;
        this.ids = ids;
        this.clock = clock;
    }

    @PostMapping
    @Operation(
            summary = "What a request or a batch would cost, and through which lane. Scope: jobs, read or admin",
            description = "Takes what `POST /v1/jobs` takes and refuses what that refuses; costs nothing and creates"
                    + " nothing. With `count=N` it is about a batch of N requests like this one.",
            parameters = {
                @Parameter(
                        in = ParameterIn.HEADER,
                        name = "Prefer",
                        description = "`wait=N`, as it would be sent with the job: it then goes direct",
                        schema = @Schema(type = "string", example = "wait=30"))
            })
    @ApiResponse(
            responseCode = "200",
            description = "The estimate",
            content = @Content(schema = @Schema(implementation = EstimateView.class)))
    ResponseEntity<String> estimate(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            @RequestBody SubmitJobRequest body,
            @Parameter(schema = @Schema(type = "integer", minimum = "1", maximum = "1000000", defaultValue = "1"))
                    @RequestParam(required = false)
                    @Nullable Integer count) {
        int requests = count == null ? 1 : count;
        if (requests < 1 || requests > MOST_REQUESTS) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, "count", "must be 1 to " + MOST_REQUESTS);
        }
        boolean waits = PreferredWait.of(request).isPresent();
        return idempotency.once(caller, request, body, () -> Reply.ok(estimate(caller, body, count, requests, waits)));
    }

    private EstimateView estimate(
            ApiCaller caller, SubmitJobRequest body, @Nullable Integer count, int requests, boolean waits) {
        Instant now = clock.instant();
        JobSubmission job = reader.read(caller.tenant(), new JobId(ids.next()), body);
        WorkflowDefinition rule = workflows
                .version(caller.tenant(), job.workflow(), job.workflowVersion())
                .map(Workflow::definition)
                .orElseThrow(() -> Problem.notFound("workflow"));
        EstimateView.Priced priced = priced(job, rule, now);
        // A line of a batch can wait by being one.
        boolean mayWait = count == null ? job.mayWait() && !waits : rule.lane().mayWait(true);
        var decision = lanes.choose(new Lanes.Request(
                priced.account(),
                priced.model(),
                priced.most(),
                priced.timeLeft(),
                Willingness.of(mayWait, rule.lane()),
                job.request().maxCost(),
                requests));
        var warnings = times.capacity(priced.account(), priced.model(), priced.timeLeft())
                .behind(requests - 1)
                .shortfall(priced.timeLeft());
        return EstimateView.of(priced, requests, decision, now, warnings);
    }

    private EstimateView.Priced priced(JobSubmission job, WorkflowDefinition rule, Instant now) {
        ModelChoice choice = rule.model(job.tier());
        ProviderAccount account = providers
                .resolve(choice.provider())
                .orElseThrow(() -> Problem.at(
                        ErrorCode.PROVIDER_NOT_CONFIGURED,
                        "workflow",
                        "uses " + choice.provider() + ", which is not configured here"));
        var most = Usage.of(
                TokenEstimate.of(
                        choice.provider(),
                        Conversation.messages(job.request(), rule),
                        job.request().responseFormat()),
                Conversation.maxOutputTokens(job.request(), rule));
        Duration timeLeft = switch (job.deadline()) {
            case Deadline.In(Duration in) -> in;
            case Deadline.At(Instant at) -> Duration.between(now, at);
        };
        return new EstimateView.Priced(
                job.workflow(),
                job.tier().wire(),
                account,
                choice.model(),
                most,
                timeLeft,
                charges.atMost(account, choice.model(), most).billed());
    }
}
