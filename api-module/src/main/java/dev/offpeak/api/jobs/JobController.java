package dev.offpeak.api.jobs;

import dev.offpeak.api.http.ETags;
import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.http.PreferredWait;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.api.requests.SubmitJobRequest;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.jobs.JobStatus;
import dev.offpeak.shared.jobs.JobStore;
import dev.offpeak.shared.jobs.JobStore.Cancellation;
import dev.offpeak.shared.jobs.JobStore.DeadlinePassed;
import dev.offpeak.shared.jobs.JobStore.Filter;
import dev.offpeak.shared.jobs.JobStore.VersionedJob;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.enums.ParameterIn;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/jobs")
@Tag(name = "Jobs")
class JobController {

    private static final Logger LOG = LoggerFactory.getLogger(JobController.class);

    private static final String RETRY_AFTER_SECONDS = "1";
    private static final String PREFERENCE_APPLIED = "Preference-Applied";

    private final JobStore jobs;
    private final JobRequestReader reader;
    private final JobWaiters waiters;
    private final Chances chances;
    private final Idempotency idempotency;
    private final IdGenerator ids;
    private final MeterRegistry metrics;

    JobController(
            JobStore jobs,
            JobRequestReader reader,
            JobWaiters waiters,
            Chances chances,
            Idempotency idempotency,
            IdGenerator ids,
            MeterRegistry metrics) {
        this.jobs = jobs;
        this.reader = reader;
        this.waiters = waiters;
        this.chances = chances;
        this.idempotency = idempotency;
        this.ids = ids;
        this.metrics = metrics;
    }

    @PostMapping
    @Operation(
            summary = "Submit a generation job. Scope: jobs",
            description = "Answers 202 as soon as the job is safe. With `Prefer: wait=N` the answer is held, at most 60"
                    + " seconds, until the job has ended, and is then 200.",
            parameters = {
                @Parameter(
                        in = ParameterIn.HEADER,
                        name = "Prefer",
                        description = "`wait=N`",
                        schema = @Schema(type = "string", example = "wait=30"))
            })
    @ApiResponse(
            responseCode = "202",
            description = "The job, accepted",
            content = @Content(schema = @Schema(implementation = JobView.class)))
    @ApiResponse(
            responseCode = "200",
            description = "The job, ended",
            content = @Content(schema = @Schema(implementation = JobView.class)))
    ResponseEntity<?> submit(
            @AuthenticationPrincipal ApiCaller caller, HttpServletRequest request, @RequestBody SubmitJobRequest body) {
        var wait = PreferredWait.of(request);
        var accepted = idempotency.once(caller, request, body, () -> accept(caller, body, wait.isPresent()));
        Failpoints.reach(Failpoint.SUBMIT_COMMITTED);
        if (wait.isPresent()) {
            try {
                return held(caller, accepted, wait.get());
            } catch (DataAccessException | TransactionException | Problem unreadable) {
                // The job is accepted whatever becomes of the wait; an error would make the client submit it again.
                LOG.atWarn()
                        .setCause(unreadable)
                        .log("Could not hold the reply to an accepted job; the client gets it at once");
            }
        }
        return ResponseEntity.status(accepted.getStatusCode())
                .headers(accepted.getHeaders())
                .header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS)
                .body(accepted.getBody());
    }

    /// @param waits whether somebody waits for the result with an open connection
    private Reply accept(ApiCaller caller, SubmitJobRequest body, boolean waits) {
        var id = new JobId(ids.next());
        var read = reader.read(caller.tenant(), id, body);
        var submission = waits ? read.directly() : read;
        JobView job;
        try {
            job = jobs.submit(submission).job();
        } catch (DeadlinePassed _) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, "deadline", "must be in the future");
        }
        Metric.JOBS_SUBMITTED.counter(metrics, submission.type().wire()).increment();
        return Reply.accepted("/v1/jobs/" + id, job.warning(chances.warnings(submission, job)));
    }

    /// The answer to somebody who would rather wait; where waiting is no longer possible, the plain one.
    private ResponseEntity<?> held(ApiCaller caller, ResponseEntity<String> accepted, Duration atMost) {
        var location = accepted.getHeaders().getLocation();
        if (location == null) {
            throw new IllegalStateException("an accepted job without a location");
        }
        String path = location.toString();
        var id = JobId.parse(path.substring(path.lastIndexOf('/') + 1)).orElseThrow();
        boolean granted = waiters.await(caller.tenant(), id, atMost);
        var job = find(caller, id);
        boolean ended = ended(job);
        var answer = ResponseEntity.status(ended ? HttpStatus.OK : HttpStatus.ACCEPTED)
                .headers(accepted.getHeaders())
                .eTag(ETags.of(job.version()));
        if (granted) {
            answer.header(PREFERENCE_APPLIED, "wait=" + atMost.toSeconds());
        }
        if (!ended) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return answer.body(job.job());
    }

    @GetMapping("/{id}")
    @Operation(
            summary = "One job. Scope: jobs or read",
            description = "With `wait=N` the answer is held, at most 60 seconds, until the job has ended.")
    @ApiResponse(
            responseCode = "200",
            description = "The job",
            content = @Content(schema = @Schema(implementation = JobView.class)))
    @ApiResponse(responseCode = "304", description = "Nothing has changed", content = @Content)
    ResponseEntity<JobView> get(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer wait) {
        if (wait != null && (wait < 0 || wait > PreferredWait.MOST_SECONDS)) {
            throw Problem.at(ErrorCode.INVALID_REQUEST, "wait", "must be 0 to " + PreferredWait.MOST_SECONDS);
        }
        var jobId = parse(id);
        var job = find(caller, jobId);
        if (wait != null && wait > 0 && !ended(job)) {
            waiters.await(caller.tenant(), jobId, Duration.ofSeconds(wait));
            job = find(caller, jobId);
        }
        var answer = ResponseEntity.status(ETags.matches(request, job.version()) ? 304 : 200)
                .eTag(ETags.of(job.version()))
                .header(HttpHeaders.CACHE_CONTROL, "private, no-cache");
        if (!ended(job)) {
            answer.header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        return ETags.matches(request, job.version()) ? answer.build() : answer.body(job.job());
    }

    @GetMapping
    @Operation(
            summary = "List jobs, newest first. Scope: jobs or read",
            description =
                    "A result of more than 16 kB is left out, with `result_omitted`: read it from the job itself.")
    Page<JobView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @Parameter(
                            schema =
                                    @Schema(
                                            allowableValues = {
                                                "queued",
                                                "running",
                                                "batched",
                                                "succeeded",
                                                "failed",
                                                "cancelled",
                                                "expired"
                                            }))
                    @RequestParam(required = false)
                    @Nullable String status,
            @RequestParam(required = false) @Nullable String type,
            @RequestParam(required = false) @Nullable String workflow,
            @RequestParam(required = false) @Nullable String user,
            @RequestParam(required = false) @Nullable String batch,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var filter = new Filter(
                oneOf(JobStatus.class, "status", status),
                oneOf(JobType.class, "type", type),
                workflow,
                user,
                batch(batch));
        var rows = jobs.list(caller.tenant(), filter, paging.afterAs(JobId::parse), paging.rows());
        return Page.of(rows, paging, JobView::id, job -> job);
    }

    @PostMapping("/{id}/cancel")
    @Operation(
            summary = "Cancel a job. Scope: jobs",
            description = "Cancelling twice is fine; any other ended job answers 409 `job_already_finished`.")
    @ApiResponse(
            responseCode = "200",
            description = "The cancelled job",
            content = @Content(schema = @Schema(implementation = JobView.class)))
    ResponseEntity<String> cancel(
            @AuthenticationPrincipal ApiCaller caller, HttpServletRequest request, @PathVariable String id) {
        var jobId = parse(id);
        var answer = idempotency.once(caller, request, "", () -> switch (jobs.cancel(caller.tenant(), jobId)) {
            case Cancellation.Cancelled cancelled -> cancelled(cancelled);
            case Cancellation.AlreadyFinished finished ->
                throw Problem.of(
                        ErrorCode.JOB_ALREADY_FINISHED,
                        "The job is " + finished.status().wire() + ".");
            case Cancellation.NoSuchJob _ -> throw Problem.notFound("job");
        });
        Failpoints.reach(Failpoint.CANCEL_COMMITTED);
        return answer;
    }

    private Reply cancelled(Cancellation.Cancelled cancelled) {
        var job = cancelled.job().job();
        if (cancelled.now()) {
            Metric.JOBS_FINISHED
                    .counter(metrics, job.status(), Objects.requireNonNullElse(job.lane(), "none"), "none")
                    .increment();
        }
        return Reply.ok(job);
    }

    private VersionedJob find(ApiCaller caller, JobId id) {
        return jobs.find(caller.tenant(), id).orElseThrow(() -> Problem.notFound("job"));
    }

    private static JobId parse(String id) {
        return JobId.parse(id).orElseThrow(() -> Problem.notFound("job"));
    }

    private static boolean ended(VersionedJob job) {
        return JobStatus.ofWire(job.job().status()).terminal();
    }

    private static @Nullable BatchId batch(@Nullable String text) {
        return text == null
                ? null
                : BatchId.parse(text)
                        .orElseThrow(() -> Problem.at(ErrorCode.INVALID_REQUEST, "batch", "must be the id of a batch"));
    }

    private static <E extends Enum<E>> @Nullable E oneOf(Class<E> type, String field, @Nullable String wire) {
        if (wire == null) {
            return null;
        }
        var names = Arrays.stream(type.getEnumConstants())
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
        int index = names.indexOf(wire);
        return Optional.of(index)
                .filter(found -> found >= 0)
                .map(found -> type.getEnumConstants()[found])
                .orElseThrow(() ->
                        Problem.at(ErrorCode.INVALID_REQUEST, field, "must be one of " + String.join(", ", names)));
    }
}
