package dev.offpeak.shared.jobs;

import dev.offpeak.shared.providers.ResponseFormat;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The form of an answer as stored requests have it, under `response_format`; plain text where they say
/// nothing.
public final class ResponseFormatJson {

    private final JsonMapper json = JsonMapper.builder().build();

    /// @param format the JSON under `response_format`
    public ResponseFormat read(@Nullable String format) {
        return format == null ? new ResponseFormat.Text() : read(json.readTree(format));
    }

    ResponseFormat read(JsonNode node) {
        return switch (node.path("type").asString("text")) {
            case "json_object" -> new ResponseFormat.JsonObject();
            case "json_schema" -> {
                JsonNode schema = node.path("json_schema");
                yield new ResponseFormat.JsonSchema(
                        schema.path("name").asString(),
                        schema.path("schema").toString(),
                        schema.path("strict").asBoolean(false));
            }
            default -> new ResponseFormat.Text();
        };
    }

    void write(ObjectNode request, ResponseFormat format) {
        switch (format) {
            case ResponseFormat.Text _ -> {}
            case ResponseFormat.JsonObject _ ->
                request.putObject("response_format").put("type", "json_object");
            case ResponseFormat.JsonSchema schema ->
                request.putObject("response_format")
                        .put("type", "json_schema")
                        .putObject("json_schema")
                        .put("name", schema.name())
                        .put("strict", schema.strict())
                        .set("schema", json.readTree(schema.schema()));
        }
    }
}
