package dev.offpeak.api.admin;

import dev.offpeak.api.http.Page;
import dev.offpeak.api.http.Paging;
import dev.offpeak.api.idempotency.Idempotency;
import dev.offpeak.api.idempotency.Reply;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.security.ApiCaller;
import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.ApiKey;
import dev.offpeak.shared.tenants.Scope;
import dev.offpeak.shared.tenants.TenantStore;
import dev.offpeak.shared.tenants.Tenants;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Keys of the caller's own tenant; an operator's also of another. What a caller may not see is not there.
@RestController
@RequestMapping("/v1/api-keys")
@Tag(name = "Administration")
class ApiKeyController {

    private final Tenants tenants;
    private final TenantStore store;
    private final Idempotency idempotency;
    private final Clock clock;

    ApiKeyController(Tenants tenants, TenantStore store, Idempotency idempotency, Clock clock) {
        this.tenants = tenants;
        this.store = store;
        this.idempotency = idempotency;
        this.clock = clock;
    }

    @PostMapping
    @Operation(summary = "Create an API key; the answer shows it, once. Scope: admin, or operator for another tenant")
    @ApiResponse(
            responseCode = "201",
            description = "The key",
            content = @Content(schema = @Schema(implementation = ApiKeyView.class)))
    ResponseEntity<String> create(
            @AuthenticationPrincipal ApiCaller caller,
            HttpServletRequest request,
            @RequestBody CreateApiKeyRequest body) {
        var valid = body.validate(clock.instant());
        var tenant = valid.tenant() == null ? caller.tenant() : reachable(caller, valid.tenant(), "tenant");
        if (valid.scopes().contains(Scope.OPERATOR) && !caller.may(Scope.OPERATOR)) {
            throw Problem.at(ErrorCode.FORBIDDEN, "scopes", "may contain operator only where your own key has it");
        }
        return idempotency.once(caller, request, body, () -> {
            var made = tenants.createKey(tenant, valid.scopes(), valid.expiresAt());
            var view = ApiKeyView.of(made.key(), made.secret().reveal());
            return Reply.created("/v1/api-keys/" + made.key().id(), view).withSecret("key");
        });
    }

    @GetMapping
    @Operation(summary = "List API keys, newest first, revoked ones included. Scope: admin, or operator with `tenant`")
    Page<ApiKeyView> list(
            @AuthenticationPrincipal ApiCaller caller,
            @RequestParam(required = false) @Nullable String tenant,
            @RequestParam(required = false) @Nullable Integer limit,
            @RequestParam(required = false) @Nullable String after) {
        var owner = tenant == null
                ? caller.tenant()
                : reachable(caller, TenantId.parse(tenant).orElseThrow(() -> Problem.notFound("tenant")), "tenant");
        var paging = Paging.of(limit, after);
        var rows = store.listKeys(owner, paging.afterAs(ApiKeyId::parse), paging.rows());
        return Page.of(rows, paging, key -> key.id().toString(), ApiKeyView::of);
    }

    @GetMapping("/{id}")
    @Operation(summary = "One API key. Scope: admin or operator")
    ApiKeyView get(@AuthenticationPrincipal ApiCaller caller, @PathVariable String id) {
        return ApiKeyView.of(find(caller, id));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    @Operation(summary = "Revoke an API key; it stops working within five seconds. Scope: admin or operator")
    void revoke(@AuthenticationPrincipal ApiCaller caller, @PathVariable String id) {
        var key = find(caller, id);
        store.revokeKey(key.tenant(), key.id());
    }

    private ApiKey find(ApiCaller caller, String id) {
        var key = ApiKeyId.parse(id).flatMap(store::findKey).orElseThrow(() -> Problem.notFound("API key"));
        reachable(caller, key.tenant(), "API key");
        return key;
    }

    private TenantId reachable(ApiCaller caller, TenantId tenant, String what) {
        boolean own = tenant.equals(caller.tenant());
        boolean others =
                caller.may(Scope.OPERATOR) && (own || store.find(tenant).isPresent());
        if (own || others) {
            return tenant;
        }
        throw Problem.notFound(what);
    }
}
