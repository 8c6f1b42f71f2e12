package dev.offpeak.api.admin;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Checks;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// @param suspended its keys are refused, its data stays
@Schema(description = "What to change of a tenant; what is left out stays.")
record ChangeTenantRequest(
        @Schema(maxLength = 200, nullable = true) @Nullable String name,

        @Schema(description = "Whether its keys are refused.", nullable = true) @Nullable Boolean suspended,

        @JsonProperty("prompt_retention")
        @Schema(description = "How long prompts and answers are kept, at most P30D.", example = "P30D", nullable = true)
        @Nullable String promptRetention,

        @JsonProperty("job_retention")
        @Schema(description = "How long jobs and messages are kept, at most P90D.", example = "P90D", nullable = true)
        @Nullable String jobRetention) {

    void validate() {
        var checks = new Checks();
        if (name != null) {
            checks.check(!name.isBlank() && name.length() <= 200, "name", "must be 1 to 200 characters");
        }
        checkDays(checks, promptRetention, "prompt_retention", 30);
        checkDays(checks, jobRetention, "job_retention", 90);
        checks.throwIfAny();
    }

    private static void checkDays(Checks checks, @Nullable String text, String field, int most) {
        Integer days = days(text);
        if (text != null) {
            checks.check(
                    days != null && days >= 1 && days <= most, field, "must be whole days from P1D to P" + most + "D");
        }
    }

    @Nullable Integer promptRetentionDays() {
        return days(promptRetention);
    }

    @Nullable Integer jobRetentionDays() {
        return days(jobRetention);
    }

    private static @Nullable Integer days(@Nullable String text) {
        if (text == null) {
            return null;
        }
        return Times.duration(text)
                .filter(duration -> duration.toDays() < 1000 && duration.equals(Duration.ofDays(duration.toDays())))
                .map(duration -> (int) duration.toDays())
                .orElse(null);
    }
}
