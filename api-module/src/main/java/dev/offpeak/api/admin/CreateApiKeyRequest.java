package dev.offpeak.api.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.tenants.Scope;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

@Schema(description = "A new API key.")
record CreateApiKeyRequest(
        @Schema(description = "Whose key; your own tenant where left out.", nullable = true) @Nullable String tenant,

        @ArraySchema(
                minItems = 1,
                schema = @Schema(allowableValues = {"jobs", "read", "admin", "operator"}),
                arraySchema = @Schema(requiredMode = Schema.RequiredMode.REQUIRED))
        @Nullable List<@Nullable String> scopes,

        @JsonProperty("expires_at")
        @Schema(description = "When it stops working; never where left out.", format = "date-time", nullable = true)
        @Nullable String expiresAt) {

    /// @param tenant null: the caller's own
    record Valid(
            @Nullable TenantId tenant,
            Set<Scope> scopes,
            @Nullable Instant expiresAt) {}

    Valid validate(Instant now) {
        var checks = new Checks();
        var owner = tenant == null ? null : TenantId.parse(tenant).orElse(null);
        checks.check((tenant == null) == (owner == null), "tenant", "must be the id of a tenant");
        var granted = scopes(checks);
        var end = expiresAt == null ? null : Times.instant(expiresAt).orElse(null);
        if (expiresAt != null) {
            checks.check(end != null && end.isAfter(now), "expires_at", "must be an RFC 3339 time in the future");
        }
        checks.throwIfAny();
        return new Valid(owner, granted, end);
    }

    private Set<Scope> scopes(Checks checks) {
        var granted = EnumSet.noneOf(Scope.class);
        if (scopes == null || scopes.isEmpty()) {
            checks.wrong("scopes", "must name at least one of jobs, read, admin, operator");
            return granted;
        }
        for (int i = 0; i < scopes.size(); i++) {
            String wire = scopes.get(i);
            var scope = wire == null ? null : Scope.parse(wire).orElse(null);
            if (scope == null) {
                checks.wrong("scopes[" + i + "]", "must be one of jobs, read, admin, operator");
            } else if (!granted.add(scope)) {
                checks.wrong("scopes[" + i + "]", "is there twice");
            }
        }
        return granted;
    }
}
