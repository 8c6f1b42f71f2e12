package dev.offpeak.api.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.tenants.Tenant;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;

@Schema(name = "Tenant")
record TenantView(
        @Schema(example = "ten_01k7q3c5v0e8n9s2r4t6w8y0z1") String id,
        @Schema(allowableValues = "tenant") String object,
        String name,
        boolean suspended,

        @JsonProperty("prompt_retention") @Schema(example = "P30D")
        String promptRetention,

        @JsonProperty("job_retention") @Schema(example = "P90D")
        String jobRetention,

        @JsonProperty("created_at") Instant createdAt) {

    static TenantView of(Tenant tenant) {
        return new TenantView(
                tenant.id().toString(),
                "tenant",
                tenant.name(),
                tenant.suspended(),
                "P" + tenant.promptRetentionDays() + "D",
                "P" + tenant.jobRetentionDays() + "D",
                tenant.createdAt());
    }
}
