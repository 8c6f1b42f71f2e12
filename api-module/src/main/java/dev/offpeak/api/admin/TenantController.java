package dev.offpeak.api.admin;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.TenantStore;
import dev.offpeak.shared.tenants.Tenants;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/v1/tenants")
@Tag(name = "Administration")
class TenantController {

    private final Tenants tenants;
    private final TenantStore store;
    private final Idempotency idempotency;

    TenantController(Tenants tenants, TenantStore store, Idempotency idempotency) {
        this.tenants = tenants;
        this.store = store;
        this.idempotency = idempotency;
    }

    @PostMapping
    @Operation(summary = "Create a tenant with its six workflows. Scope: operator")
    @ApiResponse(
            responseCode = "201",
            description = "The tenant",
            content = @Content(schema = @Schema(implementation = TenantView.class)))
    ResponseEntity<String> create(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            @RequestBody CreateTenantRequest body) {
        String name = body.validate();
        return idempotency.once(caller, request, body, () -> {
            var tenant = tenants.create(name);
            return Reply.created("/v1/tenants/" + tenant.id(), TenantView.of(tenant));
        });
    }

    @GetMapping
    @Operation(summary = "List tenants, newest first. Scope: operator")
    Page<TenantView> list(
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var paging = Paging.of(limit, after);
        var rows = store.list(paging.afterAs(TenantId::parse), paging.rows());
        return Page.of(rows, paging, tenant -> tenant.id().toString(), TenantView::of);
    }

    @GetMapping("/{id}")
    @Operation(summary = "One tenant. Scope: operator")
    TenantView get(@PathVariable String id) {
        return TenantId.parse(id)
                .flatMap(store::find)
                .map(TenantView::of)
                .orElseThrow(() -> Problem.notFound("tenant"));
    }

    @PatchMapping("/{id}")
    @Operation(summary = "Rename, suspend or shorten the retention of a tenant. Scope: operator")
    TenantView change(
            @AuthenticationPrincipal ApiCaller caller, @PathVariable String id, @RequestBody ChangeTenantRequest body) {
        body.validate();
        var tenant = TenantId.parse(id).orElseThrow(() -> Problem.notFound("tenant"));
        if (Boolean.TRUE.equals(body.suspended()) && tenant.equals(caller.tenant())) {
            throw Problem.at(ErrorCode.CONFLICT, "suspended", "would lock you out");
        }
        return store.change(tenant, body.name(), body.suspended(), body.promptRetentionDays(), body.jobRetentionDays())
                .map(TenantView::of)
                .orElseThrow(() -> Problem.notFound("tenant"));
    }
}
