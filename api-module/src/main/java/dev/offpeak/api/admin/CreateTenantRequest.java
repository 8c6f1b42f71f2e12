package dev.offpeak.api.admin;

import dev.offpeak.api.problems.Checks;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

@Schema(description = "A new tenant.")
record CreateTenantRequest(
        @Schema(example = "acme", maxLength = 200, requiredMode = Schema.RequiredMode.REQUIRED) @Nullable String name) {

    /// @return the name
    String validate() {
        var checks = new Checks();
        String given = name == null ? "" : name.strip();
        checks.check(!given.isEmpty() && given.length() <= 200, "name", "must be 1 to 200 characters");
        checks.throwIfAny();
        return given;
    }
}
