package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Reads and judges the body of `POST /v1/batches`.
record BatchRequest(
        String inputFileId,
        String endpoint,
        String window,
        @Nullable JsonNode metadata) {
    private static final Set<String> KNOWN =
            Set.of("input_file_id", "endpoint", "completion_window", "metadata", "output_expires_after");
    private static final List<String> ENDPOINTS = List.of(
            OpenAiCalls.RESPONSES,
            OpenAiCalls.CHAT,
            OpenAiCalls.EMBEDDINGS,
            "/v1/completions",
            "/v1/moderations",
            "/v1/images/generations",
            "/v1/images/edits",
            "/v1/videos");

    static BatchRequest read(JsonNode body) throws Refused {
        var fields = new Fields(body);
        fields.only(KNOWN, false);
        String file = required(fields, "input_file_id");
        required(fields, "endpoint");
        String endpoint = fields.oneOf("endpoint", ENDPOINTS);
        String window = required(fields, "completion_window");
        if (!window.equals("24h")) {
            throw OpenAiErrors.notOneOf("completion_window", window, List.of("24h"));
        }
        fields.metadata();
        JsonNode expires = fields.object("output_expires_after");
        if (expires != null) {
            var inner = new Fields(expires);
            inner.oneOf("anchor", List.of("created_at"));
            inner.integer("seconds", 3_600, 2_592_000);
        }
        if (endpoint == null || ENDPOINTS.indexOf(endpoint) > 2) {
            throw OpenAiErrors.bad("endpoint", null, "The simulator does not run batches of " + endpoint + ".");
        }
        return new BatchRequest(file, endpoint, window, fields.object("metadata"));
    }

    /// What a batch repeats of it for good.
    ObjectNode details(boolean fileMissing) {
        ObjectNode details = Json.object()
                .put(OpenAiLines.ENDPOINT, endpoint)
                .put("input_file_id", inputFileId)
                .put("completion_window", window);
        if (metadata == null) {
            details.putNull("metadata");
        } else {
            details.set("metadata", metadata);
        }
        if (fileMissing) {
            details.put(OpenAiLines.NO_FILE, true);
        }
        return details;
    }

    private static String required(Fields fields, String name) throws Refused {
        String value = fields.string(name);
        if (value == null) {
            throw OpenAiErrors.missing(name);
        }
        return value;
    }
}
