package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.GenerationRequest.ContextChunk;
import dev.offpeak.shared.jobs.GenerationRequest.TemplateRef;
import dev.offpeak.shared.providers.ChatMessage;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The request as `job_input` stores it. Whoever adds a field gives it a meaning for rows that lack it.
public final class GenerationRequestJson {

    private final JsonMapper json = JsonMapper.builder().build();
    private final ResponseFormatJson formats = new ResponseFormatJson();

    public String write(GenerationRequest request) {
        ObjectNode root = json.createObjectNode();
        var messages = root.putArray("messages");
        for (ChatMessage message : request.messages()) {
            messages.addObject().put("role", message.role().wire()).put("content", message.content());
        }
        TemplateRef template = request.template();
        if (template != null) {
            root.putObject("template")
                    .put("name", template.name())
                    .put("version", template.version())
                    .set("params", json.readTree(template.params()));
        }
        if (!request.context().isEmpty()) {
            var context = root.putArray("context");
            request.context()
                    .forEach(chunk -> context.addObject().put("id", chunk.id()).put("text", chunk.text()));
        }
        root.put("quality", request.quality()).put("cache", request.cache());
        if (request.plan() != null) {
            root.put("plan", request.plan());
        }
        if (request.maxCost() != null) {
            root.put("max_cost_usd", request.maxCost().toString());
        }
        if (request.maxOutputTokens() != null) {
            root.put("max_output_tokens", request.maxOutputTokens());
        }
        if (request.temperature() != null) {
            root.put("temperature", request.temperature());
        }
        formats.write(root, request.responseFormat());
        return root.toString();
    }

    public GenerationRequest read(String text) {
        JsonNode root = json.readTree(text);
        var messages = new ArrayList<ChatMessage>();
        for (JsonNode message : root.path("messages")) {
            messages.add(new ChatMessage(
                    ChatMessage.Role.ofWire(message.path("role").asString()),
                    message.path("content").asString()));
        }
        var context = new ArrayList<ContextChunk>();
        for (JsonNode chunk : root.path("context")) {
            context.add(new ContextChunk(
                    chunk.path("id").asString(), chunk.path("text").asString()));
        }
        return new GenerationRequest(
                messages,
                template(root.get("template")),
                context,
                root.path("quality").asString("auto"),
                root.path("cache").asString("default"),
                text(root, "plan"),
                root.has("max_cost_usd") ? Usd.of(root.path("max_cost_usd").asString()) : null,
                root.has("max_output_tokens") ? root.path("max_output_tokens").asInt() : null,
                root.has("temperature") ? root.path("temperature").decimalValue() : null,
                formats.read(root.path("response_format")));
    }

    private static @Nullable TemplateRef template(@Nullable JsonNode node) {
        return node == null
                ? null
                : new TemplateRef(
                        node.path("name").asString(),
                        node.path("version").asInt(),
                        node.path("params").toString());
    }

    private static @Nullable String text(JsonNode root, String field) {
        JsonNode value = root.get(field);
        return value == null ? null : value.asString();
    }
}
