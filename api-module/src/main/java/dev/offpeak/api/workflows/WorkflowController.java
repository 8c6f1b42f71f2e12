package dev.offpeak.api.workflows;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.shared.workflows.WorkflowStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/workflows")
@Tag(name = "Workflows and templates")
class WorkflowController {

    private final WorkflowStore store;
    private final WorkflowReader reader;

    WorkflowController(WorkflowStore store, WorkflowReader reader) {
        this.store = store;
        this.reader = reader;
    }

    @PutMapping("/{name}")
    @Operation(
            summary = "Write a routing rule. Scope: admin",
            description = "Makes a new version unless it equals the current one. Jobs keep to the version they were"
                    + " submitted under.")
    @ApiResponse(
            responseCode = "200",
            description = "The current version",
            content = @Content(schema = @Schema(implementation = WorkflowView.class)))
    @ApiResponse(
            responseCode = "201",
            description = "The first version",
            content = @Content(schema = @Schema(implementation = WorkflowView.class)))
    ResponseEntity<WorkflowView> put(
            @AuthenticationPrincipal ApiCaller caller,
            @PathVariable String name,
            @RequestBody PutWorkflowRequest body) {
        var put = store.put(caller.tenant(), reader.read(name, body));
        return ResponseEntity.status(put.created() ? HttpStatus.CREATED : HttpStatus.OK)
                .body(WorkflowView.of(put.workflow()));
    }

    @GetMapping("/{name}")
    @Operation(summary = "One routing rule, its current version. Scope: jobs, read or admin")
    WorkflowView get(@AuthenticationPrincipal ApiCaller caller, @PathVariable String name) {
        return store.current(caller.tenant(), name)
                .map(WorkflowView::of)
                .orElseThrow(() -> Problem.notFound("workflow"));
    }

    @GetMapping
    @Operation(summary = "List routing rules by name. Scope: jobs, read or admin")
    Page<WorkflowView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var rows = store.list(caller.tenant(), paging.after(), paging.rows());
        return Page.of(rows, paging, Workflow::name, WorkflowView::of);
    }

    @GetMapping("/{name}/versions")
    @Operation(summary = "All versions of a routing rule, newest first. Scope: jobs, read or admin")
    Page<WorkflowView> versions(
            @AuthenticationPrincipal ApiCaller caller,
            @PathVariable String name,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var rows = store.versions(caller.tenant(), name, paging.afterAs(WorkflowController::version), paging.rows());
        if (rows.isEmpty() && after == null) {
            throw Problem.notFound("workflow");
        }
        return Page.of(rows, paging, workflow -> Integer.toString(workflow.version()), WorkflowView::of);
    }

    @DeleteMapping("/{name}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(summary = "Delete a routing rule; jobs under way keep it. Scope: admin")
    void delete(@AuthenticationPrincipal ApiCaller caller, @PathVariable String name) {
        if (!store.delete(caller.tenant(), name)) {
            throw Problem.of(ErrorCode.NOT_FOUND, "There is no such workflow.");
        }
    }

    private static Optional<Integer> version(String key) {
        return key.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(key)) : Optional.empty();
    }
}
