package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Embedder;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.state.Endpoint;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's routes.
@Controller
final class OpenAiController {
    private static final long CREATED = 1_700_000_000;

    private final Serving serving;
    private final OpenAiDialect dialect;
    private final Models models;
    private final Generation generation;
    private final Embedder embedder;
    private final Ids ids;

    OpenAiController(
            Serving serving, OpenAiDialect dialect, Models models, Generation generation, Embedder embedder, Ids ids) {
        this.serving = serving;
        this.dialect = dialect;
        this.models = models;
        this.generation = generation;
        this.embedder = embedder;
        this.ids = ids;
    }

    @PostMapping("/v1/chat/completions")
    void chat(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.serve(
                Endpoint.CHAT_COMPLETIONS,
                dialect,
                body -> new ChatCall(ChatRequest.read(body, models, generation.tokens()), generation, ids),
                request,
                response);
    }

    @PostMapping("/v1/responses")
    void responses(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.serve(
                Endpoint.RESPONSES,
                dialect,
                body -> new ResponseCall(ResponseRequest.read(body, models, generation.tokens()), generation, ids),
                request,
                response);
    }

    @PostMapping("/v1/embeddings")
    void embeddings(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.serve(
                Endpoint.EMBEDDINGS,
                dialect,
                body -> EmbeddingCall.read(body, models, generation.tokens(), embedder),
                request,
                response);
    }

    @GetMapping("/v1/models")
    void models(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.free(dialect, request, response, () -> {
            ObjectNode list = Json.object().put("object", "list");
            ArrayNode data = list.putArray("data");
            models.all(Provider.OPENAI).forEach(model -> data.add(json(model)));
            return list;
        });
    }

    @GetMapping("/v1/models/{id}")
    void model(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.free(dialect, request, response, () -> {
            Model model = models.find(Provider.OPENAI, id);
            if (model == null) {
                throw OpenAiErrors.noSuchModel(id);
            }
            return json(model);
        });
    }

    private static ObjectNode json(Model model) {
        return Json.object()
                .put("id", model.name())
                .put("object", "model")
                .put("created", CREATED)
                .put("owned_by", "openai");
    }
}
