package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's routes.
@Controller
final class AnthropicController {
    private static final String CREATED = "2025-10-01T00:00:00Z";

    private final Serving serving;
    private final AnthropicDialect dialect;
    private final Models models;
    private final Tokens tokens;
    private final PrefixCache cache;
    private final Author author;
    private final Ids ids;

    AnthropicController(
            Serving serving,
            AnthropicDialect dialect,
            Models models,
            Tokens tokens,
            PrefixCache cache,
            Author author,
            Ids ids) {
        this.serving = serving;
        this.dialect = dialect;
        this.models = models;
        this.tokens = tokens;
        this.cache = cache;
        this.author = author;
        this.ids = ids;
    }

    @PostMapping("/anthropic/v1/messages")
    void messages(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String version = AnthropicDialect.version(request);
        serving.serve(
                Endpoint.MESSAGES,
                dialect,
                body -> new MessageCall(
                        MessageRequest.read(body, version, models, tokens), cache::anthropic, author, ids),
                request,
                response);
    }

    @PostMapping("/anthropic/v1/messages/count_tokens")
    void countTokens(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.free(dialect, request, response, () -> {
            JsonNode body = Serving.body(dialect, request);
            long count = MessageRequest.readForCount(body, AnthropicDialect.version(request), models, tokens)
                    .inputTokens();
            return Json.object().put("input_tokens", count);
        });
    }

    @GetMapping("/anthropic/v1/models")
    void models(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.free(dialect, request, response, () -> {
            List<Model> all = List.copyOf(models.all(Provider.ANTHROPIC));
            ObjectNode list = Json.object();
            ArrayNode data = list.putArray("data");
            all.forEach(model -> data.add(json(model)));
            return list.put("has_more", false)
                    .put("first_id", all.getFirst().name())
                    .put("last_id", all.getLast().name());
        });
    }

    @GetMapping("/anthropic/v1/models/{id}")
    void model(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.free(dialect, request, response, () -> {
            Model model = models.find(Provider.ANTHROPIC, id);
            if (model == null) {
                throw AnthropicDialect.noSuchModel(id);
            }
            return json(model);
        });
    }

    private static ObjectNode json(Model model) {
        return Json.object()
                .put("id", model.name())
                .put("type", "model")
                .put("display_name", model.name())
                .put("created_at", CREATED)
                .put("lifecycle", "active")
                .put("max_input_tokens", model.contextTokens())
                .put("max_tokens", model.maxOutputTokens());
    }
}
