package dev.offpeak.api.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.tenants.ApiKey;
import dev.offpeak.shared.tenants.Scope;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

@Schema(name = "ApiKey")
record ApiKeyView(
        @Schema(example = "key_01k7q3c5v0e8n9s2r4t6w8y0z1") String id,
        @Schema(allowableValues = "api_key") String object,

        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(description = "The key itself, in the answer that created it and nowhere else.")
        @Nullable String key,

        String tenant,

        @Schema(description = "Its first characters.", example = "offpeak_3xK9")
        String prefix,

        @Schema(description = "Its last characters.", example = "0aZ4")
        String last4,

        @Schema(allowableValues = {"jobs", "read", "admin", "operator"})
        List<String> scopes,

        @JsonProperty("created_at") Instant createdAt,

        @JsonProperty("expires_at") @Schema(nullable = true) @Nullable Instant expiresAt,

        @JsonProperty("revoked_at") @Schema(nullable = true) @Nullable Instant revokedAt,

        @JsonProperty("last_used_at") @Schema(description = "To the minute.", nullable = true) @Nullable Instant lastUsedAt) {

    static ApiKeyView of(ApiKey key) {
        return of(key, null);
    }

    static ApiKeyView of(ApiKey key, @Nullable String secret) {
        return new ApiKeyView(
                key.id().toString(),
                "api_key",
                secret,
                key.tenant().toString(),
                key.prefix(),
                key.last4(),
                key.scopes().stream().sorted().map(Scope::wire).toList(),
                key.createdAt(),
                key.expiresAt(),
                key.revokedAt(),
                key.lastUsedAt());
    }
}
