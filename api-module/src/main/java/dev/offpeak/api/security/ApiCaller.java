package dev.offpeak.api.security;

import dev.offpeak.shared.core.ApiKeyId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.Scope;
import java.util.Set;

/// Who asks. Controllers take it as `@AuthenticationPrincipal`.
public record ApiCaller(TenantId tenant, ApiKeyId key, Set<Scope> scopes) {

    public boolean may(Scope scope) {
        return scopes.contains(scope);
    }
}
