package dev.offpeak.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds both sides to OpenAI's public document: what the simulator answers, what the bench asks it, and what our
/// adapters sent (`--requests`, written by `record`).
final class OpenApiCheck implements Command {

    private static final Map<String, String> REQUESTS = Map.of(
            "/v1/chat/completions", "CreateChatCompletionRequest",
            "/v1/responses", "CreateResponse",
            "/v1/embeddings", "CreateEmbeddingRequest");
    private static final List<String> JSON_AND_KEY =
            List.of("Content-Type", "application/json", "Authorization", "Bearer bench");

    private final Path document;
    private final @Nullable Path requests;
    private final Simulator simulator;
    private final ArrayNode rows = Json.array();
    private final Set<String> contradictions = new TreeSet<>();
    private Set<String> ownResponseExamples = Set.of();
    private int failures;

    OpenApiCheck(Arguments arguments) {
        this.document = Path.of(arguments.text("document"));
        String file = arguments.find("requests");
        this.requests = file == null ? null : Path.of(file);
        this.simulator = Simulator.from(arguments, new Http());
    }

    @Override
    public Findings run() throws IOException {
        OpenApiDocument openAi = OpenApiDocument.read(document);
        ownResponseExamples = openAi.complaintsAboutOwnExamples("/responses", "Response");
        simulator.behave(Json.object());
        JsonNode chat = conversations(openAi);
        lists(openAi);
        errors(openAi);
        control(openAi, chat);
        int recorded = recorded(openAi);
        var figures = Json.object()
                .put("document", openAi.title())
                .put("checked", rows.size())
                .put("failures", failures)
                .put("recorded_requests", recorded);
        var contradicted = figures.putArray("passed_over_because_the_documents_own_examples_do_the_same");
        contradictions.forEach(contradicted::add);
        figures.set("rows", rows);
        return new Findings(failures == 0, figures);
    }

    private JsonNode conversations(OpenApiDocument openAi) {
        JsonNode plain = exchange(openAi, "chat completion", chat("gpt-4o-mini"), "/v1/chat/completions");
        ObjectNode shaped = chat("gpt-4o");
        shaped.set("response_format", Json.parse("""
                {"type":"json_schema","json_schema":{"name":"colour","strict":true,"schema":{"type":"object",
                 "properties":{"colour":{"type":"string"}},"required":["colour"],"additionalProperties":false}}}"""));
        exchange(openAi, "chat completion, json_schema", shaped, "/v1/chat/completions");
        exchange(
                openAi,
                "chat completion, json_object",
                chat("gpt-4o-mini").set("response_format", Json.parse("{\"type\":\"json_object\"}")),
                "/v1/chat/completions");
        exchange(openAi, "chat completion, cut off", chat("gpt-4o-mini").put("max_tokens", 1), "/v1/chat/completions");
        exchange(openAi, "chat completion, three choices", chat("gpt-4o-mini").put("n", 3), "/v1/chat/completions");
        exchange(
                openAi,
                "chat completion, metadata and user",
                chat("gpt-4o-mini").put("user", "u_1").put("temperature", 0.2).put("seed", 7),
                "/v1/chat/completions");
        ObjectNode response = Json.object().put("model", "gpt-4o-mini").put("input", "Name a colour.");
        exchange(openAi, "response", response, "/v1/responses");
        exchange(
                openAi,
                "response with instructions",
                response.deepCopy().put("instructions", "Answer in one word.").put("max_output_tokens", 64),
                "/v1/responses");
        ObjectNode turns = Json.object().put("model", "gpt-4o-mini");
        turns.set("input", Json.parse("""
                [{"role":"system","content":"Be brief."},{"role":"user","content":"Name a colour."}]"""));
        exchange(openAi, "response to messages", turns, "/v1/responses");
        ObjectNode embedding =
                Json.object().put("model", "text-embedding-3-small").put("input", "a blue jacket");
        exchange(openAi, "embedding", embedding, "/v1/embeddings");
        exchange(
                openAi,
                "embeddings of two",
                Json.object().put("model", "text-embedding-3-small").set("input", Json.parse("[\"one\",\"two\"]")),
                "/v1/embeddings");
        return plain;
    }

    private void lists(OpenApiDocument openAi) {
        JsonNode models = simulator
                .call("GET", "/v1/models", new byte[0], List.of("Authorization", "Bearer bench"))
                .expect(200);
        check(openAi, "simulator", "models", "ListModelsResponse", models);
        check(
                openAi,
                "simulator",
                "model",
                "Model",
                simulator
                        .call("GET", "/v1/models/gpt-4o-mini", new byte[0], List.of("Authorization", "Bearer bench"))
                        .expect(200));
    }

    private void errors(OpenApiDocument openAi) {
        error(openAi, "unknown model", 404, chat("no-such-model"), JSON_AND_KEY);
        error(openAi, "no messages", 400, Json.object().put("model", "gpt-4o-mini"), JSON_AND_KEY);
        error(openAi, "wrong type", 400, chat("gpt-4o-mini").put("temperature", "warm"), JSON_AND_KEY);
        error(openAi, "no key", 401, chat("gpt-4o-mini"), List.of("Content-Type", "application/json"));
        simulator.behave(Json.object().put("error_rate", 1.0).put("error_status", 503));
        error(openAi, "injected 503", 503, chat("gpt-4o-mini"), JSON_AND_KEY);
        simulator.behave(Json.object());
    }

    /// The check must be able to fail: a spoilt answer has to be found.
    private void control(OpenApiDocument openAi, JsonNode chat) {
        ObjectNode spoilt = ((ObjectNode) chat).deepCopy();
        spoilt.remove("choices");
        boolean found =
                !openAi.complaints("CreateChatCompletionResponse", spoilt).isEmpty();
        row("control", "an answer without choices is found", "CreateChatCompletionResponse", found, List.of());
    }

    private int recorded(OpenApiDocument openAi) throws IOException {
        if (requests == null) {
            return 0;
        }
        int checked = 0;
        for (String line : Files.readAllLines(requests)) {
            JsonNode request = Json.parse(line);
            String schema = REQUESTS.get(request.path("path").asString(""));
            if (schema != null) {
                checked++;
                check(openAi, "adapter", "recorded request " + checked, schema, request.path("body"));
            }
        }
        return checked;
    }

    private JsonNode exchange(OpenApiDocument openAi, String what, JsonNode request, String path) {
        check(openAi, "bench", what + ", request", REQUESTS.getOrDefault(path, ""), request);
        JsonNode answer = simulator.post(path, request, 200);
        String schema = switch (path) {
            case "/v1/chat/completions" -> "CreateChatCompletionResponse";
            case "/v1/responses" -> "Response";
            default -> "CreateEmbeddingResponse";
        };
        check(openAi, "simulator", what, schema, answer);
        return answer;
    }

    private void error(OpenApiDocument openAi, String what, int status, JsonNode request, List<String> headers) {
        Reply reply = simulator.call("POST", "/v1/chat/completions", Json.bytes(request), headers);
        if (reply.status() != status) {
            row("simulator", what, "ErrorResponse", false, List.of("answered " + reply.status() + ", not " + status));
            return;
        }
        check(openAi, "simulator", what, "ErrorResponse", reply.json());
    }

    private void check(OpenApiDocument openAi, String side, String what, String schema, JsonNode value) {
        var complaints = new ArrayList<>(openAi.complaints(schema, value));
        complaints.removeIf(complaint -> sharedWithExamples(schema, complaint));
        row(side, what, schema, complaints.isEmpty(), complaints);
    }

    private boolean sharedWithExamples(String schema, String complaint) {
        boolean shared = "Response".equals(schema)
                && complaint.contains(": null found")
                && ownResponseExamples.contains(complaint);
        if (shared) {
            contradictions.add(schema + complaint);
        }
        return shared;
    }

    private void row(String side, String what, String schema, boolean follows, List<String> complaints) {
        if (!follows) {
            failures++;
        }
        rows.addObject()
                .put("side", side)
                .put("what", what)
                .put("schema", schema)
                .put("follows", follows)
                .put("complaints", String.join("; ", complaints.subList(0, Math.min(5, complaints.size()))));
    }

    private static ObjectNode chat(String model) {
        ObjectNode chat = Json.object().put("model", model);
        chat.putArray("messages").addObject().put("role", "user").put("content", "Name a colour, as JSON.");
        return chat;
    }
}
