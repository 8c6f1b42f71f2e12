package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.tokens.Tokens;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads and judges the body of `POST /v1/responses`. Background runs and stored conversations are not there
/// yet.
final class ResponseRequest {
    private static final Set<String> KNOWN = Set.of(
            "access_programs",
            "background",
            "context_management",
            "conversation",
            "image",
            "include",
            "input",
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "metadata",
            "model",
            "moderation",
            "parallel_tool_calls",
            "previous_response_id",
            "prompt",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "reasoning",
            "safety_identifier",
            "service_tier",
            "store",
            "stream",
            "stream_options",
            "temperature",
            "text",
            "tool_choice",
            "tools",
            "top_logprobs",
            "top_p",
            "truncation",
            "user");
    private static final List<String> ROLES = List.of("assistant", "system", "developer", "user");
    private static final long SMALLEST_OUTPUT = 16;

    private ResponseRequest() {}

    /// `echo` is the request, parts of which the answer repeats.
    record Read(Generation.Asked asked, boolean stream, JsonNode echo) {}

    static Read read(JsonNode body, Models models, Tokens tokens) throws Refused {
        var fields = new Fields(body);
        fields.only(KNOWN, false);
        if (!fields.has("model")) {
            throw OpenAiErrors.missing("model");
        }
        Model model = ChatRequest.model(fields.model(), models);
        refuseWhatIsNotThere(fields);
        var prompt = new OpenAiPrompt();
        Question.Tool tool = Tooling.responses(fields, prompt);
        JsonNode format = format(fields);
        JsonNode schema = "json_schema".equals(Json.string(format, "type"))
                ? ChatRequest.schema(format, "text.format", prompt)
                : null;
        boolean json = "json_object".equals(Json.string(format, "type"));
        String instructions = fields.string("instructions");
        if (instructions != null) {
            prompt.message("developer", instructions, 0);
        }
        input(fields, prompt);
        if (json && !prompt.mentions("json")) {
            throw OpenAiErrors.bad(
                    "input",
                    null,
                    "Response input messages must contain the word 'json' in some form to use 'text.format' of type"
                            + " 'json_object'.");
        }
        Long max = sampling(fields, model);
        long input = prompt.count(tokens, model.name());
        if (input + (max == null ? 0 : max) > model.contextTokens()) {
            throw OpenAiErrors.contextExceeded("input", model.contextTokens(), input);
        }
        var asked = new Generation.Asked(
                model,
                prompt,
                input,
                1,
                schema,
                json,
                tool,
                Tooling.firstName(body),
                List.of(),
                max,
                Generation.thinking(model, effort(fields, model)));
        return new Read(asked, fields.flag("stream"), body);
    }

    private static void refuseWhatIsNotThere(Fields fields) throws Refused {
        String previous = fields.string("previous_response_id");
        if (previous != null) {
            throw OpenAiErrors.bad(
                    "previous_response_id",
                    "previous_response_not_found",
                    "Previous response with id '" + previous + "' not found.");
        }
        if (fields.flag("background")) {
            throw OpenAiErrors.bad(
                    "background",
                    "unsupported_parameter",
                    "Unsupported parameter: 'background' is not supported by the simulator.");
        }
    }

    private static JsonNode format(Fields fields) throws Refused {
        JsonNode text = fields.object("text");
        JsonNode format = text == null ? null : new Fields(text).object("format");
        if (format == null) {
            return Json.object().put("type", "text");
        }
        String type = Json.string(format, "type");
        if (type == null) {
            throw OpenAiErrors.missing("text.format.type");
        }
        List<String> types = List.of("json_object", "json_schema", "text");
        if (!types.contains(type)) {
            throw OpenAiErrors.notOneOf("text.format.type", type, types);
        }
        return format;
    }

    private static @Nullable String effort(Fields fields, Model model) throws Refused {
        JsonNode reasoning = fields.object("reasoning");
        if (reasoning == null || !Json.has(reasoning, "effort")) {
            return null;
        }
        if (!model.reasons()) {
            throw OpenAiErrors.unsupported("reasoning.effort", "");
        }
        return new Fields(reasoning)
                .oneOf("effort", List.of("none", "minimal", "low", "medium", "high", "xhigh", "max"));
    }

    private static @Nullable Long sampling(Fields fields, Model model) throws Refused {
        BigDecimal temperature = fields.decimal("temperature", "0", "2");
        BigDecimal topP = fields.decimal("top_p", "0", "1");
        fields.integer("top_logprobs", 0, 20);
        fields.flag("store");
        fields.flag("parallel_tool_calls");
        fields.string("user");
        fields.oneOf("truncation", List.of("auto", "disabled"));
        fields.oneOf("service_tier", List.of("auto", "default", "flex", "fast", "priority", "scale", "ultrafast"));
        fields.metadata();
        if (model.reasons()) {
            if (temperature != null && temperature.compareTo(BigDecimal.ONE) != 0) {
                throw unsupported("temperature");
            }
            if (topP != null && topP.compareTo(BigDecimal.ONE) != 0) {
                throw unsupported("top_p");
            }
        }
        return fields.integer("max_output_tokens", SMALLEST_OUTPUT, model.maxOutputTokens());
    }

    private static Refused unsupported(String param) {
        return OpenAiErrors.bad(
                param, null, "Unsupported parameter: '" + param + "' is not supported with this model.");
    }

    private static void input(Fields fields, OpenAiPrompt prompt) throws Refused {
        JsonNode input = fields.body().path("input");
        if (!fields.has("input")) {
            throw OpenAiErrors.missing("input");
        }
        if (input.isString()) {
            prompt.message("user", input.stringValue(), 0);
            return;
        }
        if (!input.isArray()) {
            throw OpenAiErrors.wrongType("input", "one of an array of objects or string", Json.typeOf(input));
        }
        int i = 0;
        for (JsonNode item : input) {
            item(item, "input[" + i++ + "]", prompt);
        }
    }

    private static void item(JsonNode item, String path, OpenAiPrompt prompt) throws Refused {
        if (!item.isObject()) {
            throw OpenAiErrors.wrongType(path, "an object", Json.typeOf(item));
        }
        String type = Json.string(item, "type");
        if (type != null && !type.equals("message")) {
            prompt.message("item", Json.text(item), 0);
            return;
        }
        String role = Json.string(item, "role");
        if (role == null) {
            throw OpenAiErrors.missing(path + ".role");
        }
        if (!ROLES.contains(role)) {
            throw OpenAiErrors.notOneOf(path + ".role", role, ROLES);
        }
        if (!Json.has(item, "content")) {
            throw OpenAiErrors.missing(path + ".content");
        }
        var text = new StringBuilder();
        int media = Contents.read(item.path("content"), path + ".content", Contents.RESPONSES, text);
        prompt.message(role, text.toString(), media);
    }
}
