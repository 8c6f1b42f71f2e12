package dev.offpeak.api.problems;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.offpeak.shared.core.ErrorCode;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;

/// The body of every answer that refuses a request (RFC 9457).
@Schema(name = "Problem", description = "Why a request was refused (RFC 9457).")
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record ProblemBody(
        @Schema(example = "urn:offpeak:problem:unknown_field", requiredMode = Schema.RequiredMode.REQUIRED)
        String type,

        @Schema(
                description = "One sentence, the same for every occurrence of the code.",
                requiredMode = Schema.RequiredMode.REQUIRED)
        String title,

        @Schema(example = "400", requiredMode = Schema.RequiredMode.REQUIRED)
        int status,

        @Schema(description = "What happened this time.", requiredMode = Schema.RequiredMode.REQUIRED)
        String detail,

        @Schema(
                description = "Stable, to be switched on.",
                example = "unknown_field",
                requiredMode = Schema.RequiredMode.REQUIRED)
        String code,

        @JsonProperty("request_id") @Schema(description = "Also in X-Request-Id; name it when you ask us.")
        String requestId,

        List<FieldError> errors) {

    static ProblemBody of(ErrorCode code, int status, String detail, List<FieldError> errors, String requestId) {
        return new ProblemBody(
                "urn:offpeak:problem:" + code.wire(), code.title(), status, detail, code.wire(), requestId, errors);
    }
}
