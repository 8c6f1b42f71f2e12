package dev.offpeak.api.requests;

import dev.offpeak.api.problems.Checks;
import dev.offpeak.shared.providers.ResponseFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The answer's format as a request asks for it.
final class Formats {

    private static final Pattern SCHEMA_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final String SCHEMA = "response_format.json_schema.schema";

    /// What is wrong with a schema; empty where nothing is.
    private final Function<String, Optional<String>> faultOf;

    Formats(Function<String, Optional<String>> faultOf) {
        this.faultOf = faultOf;
    }

    ResponseFormat read(Checks checks, SubmitJobRequest.@Nullable Format format) {
        if (format == null) {
            return new ResponseFormat.Text();
        }
        String type = format.type();
        var schema = format.jsonSchema();
        checks.check(
                (schema != null) == "json_schema".equals(type),
                "response_format.json_schema",
                "must be there with type json_schema, and only then");
        if (type == null) {
            checks.wrong("response_format.type", "is required");
            return new ResponseFormat.Text();
        }
        return switch (type) {
            case "text" -> new ResponseFormat.Text();
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> schema == null ? new ResponseFormat.JsonObject() : withSchema(checks, schema);
            default -> {
                checks.wrong("response_format.type", "must be one of text, json_object, json_schema");
                yield new ResponseFormat.Text();
            }
        };
    }

    private ResponseFormat withSchema(Checks checks, SubmitJobRequest.JsonSchema format) {
        String name = Objects.requireNonNullElse(format.name(), "answer");
        checks.check(
                SCHEMA_NAME.matcher(name).matches(),
                "response_format.json_schema.name",
                "must be 1 to 64 letters, digits, - and _");
        JsonNode schema = format.schema();
        if (schema == null || schema.isNull()) {
            checks.wrong(SCHEMA, "is required");
            return new ResponseFormat.JsonObject();
        }
        String text = schema.toString();
        faultOf.apply(text).ifPresent(fault -> checks.wrong(SCHEMA, fault));
        return new ResponseFormat.JsonSchema(name, text, Boolean.TRUE.equals(format.strict()));
    }
}
