package dev.offpeak.api.problems;

import io.swagger.v3.oas.annotations.media.Schema;

/// What is wrong with one field.
///
/// @param field where it stands: `messages[0].role` in a body, the bare name for a header or a query parameter
@Schema(description = "What is wrong with one field.")
public record FieldError(
        @Schema(
                description = "Path of the field in the body, or the name of the query parameter or header.",
                example = "messages[0].role")
        String field,

        @Schema(example = "must be one of system, user, assistant")
        String message) {}
