package dev.offpeak.api.batches;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.batches.BatchStore;
import dev.offpeak.shared.batches.BatchStore.Cancellation;
import dev.offpeak.shared.batches.BatchView;
import dev.offpeak.shared.batches.InvalidLine;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.ErrorCode;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/batches")
@Tag(name = "Batches")
class BatchController {

    private final BatchStore batches;
    private final BatchOrders orders;
    private final BatchIntake intake;
    private final ResultStream results;
    private final Idempotency idempotency;

    BatchController(
            BatchStore batches, BatchOrders orders, BatchIntake intake, ResultStream results, Idempotency idempotency) {
        this.batches = batches;
        this.orders = orders;
        this.intake = intake;
        this.results = results;
        this.idempotency = idempotency;
    }

    @PostMapping
    @Operation(
            summary = "Submit many jobs at once. Scope: jobs",
            description = "One job request a line, as `POST /v1/jobs` takes it, each with a `custom_id` of its own. A"
                    + " line that names no workflow has the query's; one that names no deadline, or a later one, has"
                    + " the batch's. Answers 202 as soon as all of it is safe. Lines that are not valid are listed and"
                    + " sink no others, unless `strict=true`.",
            requestBody =
                    @RequestBody(
                            required = true,
                            description = "NDJSON, at most 1,000,000 lines of at most 1 MiB",
                            content =
                                    @Content(
                                            mediaType = BatchOrders.NDJSON,
                                            schema =
                                                    @Schema(
                                                            type = "string",
                                                            example =
                                                                    "{\"custom_id\":\"c1\",\"prompt\":\"Say hello.\"}"))))
    @ApiResponse(
            responseCode = "202",
            description = "The batch, accepted",
            content = @Content(schema = @Schema(implementation = BatchView.class)))
    ResponseEntity<String> submit(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            @Parameter(description = "Of the lines that name none") @RequestParam(required = false) @Nullable String workflow,
            @Parameter(
                            description = "Of all lines: an ISO 8601 duration or an RFC 3339 time, at most P7D ahead."
                                    + " A day where left out, or the workflow's where that is later")
                    @RequestParam(required = false)
                    @Nullable String deadline,
            @Parameter(description = "What all of it may cost: what no longer fits fails with max_cost_exceeded")
                    @RequestParam(name = "max_cost_usd", required = false)
                    @Nullable String maxCostUsd,
            @Parameter(description = "Is told when the batch has ended")
                    @RequestParam(name = "webhook_url", required = false)
                    @Nullable String webhookUrl,
            @Parameter(description = "Whether it is also told of every line")
                    @RequestParam(name = "line_webhooks", required = false)
                    @Nullable Boolean lineWebhooks,
            @Parameter(description = "Whether one line that is not valid refuses the upload")
                    @RequestParam(required = false)
                    @Nullable Boolean strict,
            @Parameter(description = "A JSON object of strings, at most 16 pairs", example = "{\"run\":\"7\"}")
                    @RequestParam(required = false)
                    @Nullable String metadata)
            throws IOException {
        orders.checkContentType(request);
        var order = orders.read(workflow, deadline, maxCostUsd, webhookUrl, lineWebhooks, strict, metadata);
        return intake.take(caller, request, order);
    }

    @GetMapping
    @Operation(summary = "List batches, newest first, without their costs. Scope: jobs or read")
    Page<BatchView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var rows = batches.list(caller.tenant(), paging.afterAs(BatchId::parse), paging.rows());
        return Page.of(rows, paging, BatchView::id, batch -> batch);
    }

    @GetMapping("/{id}")
    @Operation(summary = "One batch. Scope: jobs or read")
    BatchView get(@AuthenticationPrincipal ApiCaller caller, @PathVariable String id) {
        return find(caller, id);
    }

    @GetMapping(path = "/{id}/results", produces = BatchOrders.NDJSON)
    @Operation(
            summary = "The lines that have ended so far, whole. Scope: jobs or read",
            description = "One a line: `{\"custom_id\":…,\"job\":{…},\"cursor\":…}`. Send the `cursor` of the last line"
                    + " that you have as `after` to read on: nothing appears later before it.")
    @ApiResponse(
            responseCode = "200",
            description = "NDJSON",
            content = @Content(mediaType = BatchOrders.NDJSON, schema = @Schema(type = "string")))
    void results(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            HttpServletResponse response,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable String after)
            throws IOException {
        results.write(caller.tenant(), find(caller, id), after, request, response);
    }

    @GetMapping("/{id}/invalid-lines")
    @Operation(summary = "Lines of the upload that could not become jobs, in their order. Scope: jobs or read")
    Page<InvalidLine> invalidLines(
            @AuthenticationPrincipal ApiCaller caller,
            @PathVariable String id,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        find(caller, id);
        Integer line = paging.afterAs(BatchController::lineNumber);
        var rows = batches.invalidLines(parse(id), line == null ? 0 : line, paging.rows());
        return Page.of(rows, paging, invalid -> Integer.toString(invalid.line()), invalid -> invalid);
    }

    @PostMapping("/{id}/cancel")
    @Operation(
            summary = "Cancel a batch. Scope: jobs",
            description = "Its open lines are cancelled within seconds; what is under way at a provider is still paid."
                    + " Cancelling twice is fine; any other ended batch answers 409 `batch_already_finished`.")
    @ApiResponse(
            responseCode = "200",
            description = "The batch, cancelled or about to be",
            content = @Content(schema = @Schema(implementation = BatchView.class)))
    ResponseEntity<String> cancel(
            @AuthenticationPrincipal ApiCaller caller, HttpServletRequest request, @PathVariable String id) {
        var batch = parse(id);
        return idempotency.once(caller, request, "", () -> switch (batches.cancel(caller.tenant(), batch)) {
            case Cancellation.Cancelling cancelling -> Reply.ok(cancelling.batch());
            case Cancellation.AlreadyFinished finished ->
                throw Problem.of(
                        ErrorCode.BATCH_ALREADY_FINISHED,
                        "The batch is " + finished.status().wire() + ".");
            case Cancellation.NoSuchBatch _ -> throw Problem.notFound("batch");
        });
    }

    private BatchView find(ApiCaller caller, String id) {
        return batches.find(caller.tenant(), parse(id)).orElseThrow(() -> Problem.notFound("batch"));
    }

    private static BatchId parse(String id) {
        return BatchId.parse(id).orElseThrow(() -> Problem.notFound("batch"));
    }

    private static Optional<Integer> lineNumber(String text) {
        return text.matches("\\d{1,7}") ? Optional.of(Integer.parseInt(text)) : Optional.empty();
    }
}
