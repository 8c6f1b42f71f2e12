package dev.offpeak.api.workflows;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.prompts.Template;
import dev.offpeak.shared.prompts.TemplateStore;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/templates")
@Tag(name = "Workflows and templates")
class TemplateController {

    private final TemplateStore store;

    TemplateController(TemplateStore store) {
        this.store = store;
    }

    @PutMapping("/{name}")
    @Operation(summary = "Write a template; a new version unless it equals the current one. Scope: admin")
    @ApiResponse(
            responseCode = "200",
            description = "The current version",
            content = @Content(schema = @Schema(implementation = TemplateView.class)))
    @ApiResponse(
            responseCode = "201",
            description = "The first version",
            content = @Content(schema = @Schema(implementation = TemplateView.class)))
    ResponseEntity<TemplateView> put(
            @AuthenticationPrincipal ApiCaller caller,
            @PathVariable String name,
            @RequestBody PutTemplateRequest body) {
        var put = store.put(caller.tenant(), body.read(name));
        return ResponseEntity.status(put.created() ? HttpStatus.CREATED : HttpStatus.OK)
                .body(TemplateView.of(put.template()));
    }

    @GetMapping("/{name}")
    @Operation(summary = "One template, its current version. Scope: jobs, read or admin")
    TemplateView get(@AuthenticationPrincipal ApiCaller caller, @PathVariable String name) {
        return store.current(caller.tenant(), name)
                .map(TemplateView::of)
                .orElseThrow(() -> Problem.notFound("template"));
    }

    @GetMapping
    @Operation(summary = "List templates by name. Scope: jobs, read or admin")
    Page<TemplateView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var rows = store.list(caller.tenant(), paging.after(), paging.rows());
        return Page.of(rows, paging, Template::name, TemplateView::of);
    }
}
