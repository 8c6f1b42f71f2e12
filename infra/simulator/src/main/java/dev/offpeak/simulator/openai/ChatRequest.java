package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.tokens.Tokens;
import java.math.BigDecimal;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads and judges the body of `POST /v1/chat/completions`.
final class ChatRequest {
    private static final Set<String> KNOWN = Set.of(
            "messages",
            "model",
            "audio",
            "frequency_penalty",
            "function_call",
            "functions",
            "logit_bias",
            "logprobs",
            "max_completion_tokens",
            "max_tokens",
            "metadata",
            "modalities",
            "moderation",
            "n",
            "parallel_tool_calls",
            "prediction",
            "presence_penalty",
            "prompt_cache_key",
            "prompt_cache_options",
            "prompt_cache_retention",
            "reasoning_effort",
            "response_format",
            "safety_identifier",
            "seed",
            "service_tier",
            "stop",
            "store",
            "stream",
            "stream_options",
            "temperature",
            "tool_choice",
            "tools",
            "top_logprobs",
            "top_p",
            "user",
            "verbosity",
            "web_search_options");
    private static final List<String> ROLES = List.of("system", "assistant", "user", "function", "tool", "developer");
    private static final List<String> NO_SAMPLING =
            List.of("top_p", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias");

    private ChatRequest() {}

    /// @param flex whether it is served on the flex tier, which models that think have
    record Read(Generation.Asked asked, boolean stream, boolean streamUsage, boolean flex) {}

    static Read read(JsonNode body, Models models, Tokens tokens) throws Refused {
        var fields = new Fields(body);
        fields.only(KNOWN, true);
        Model model = model(fields.model(), models);
        var prompt = new OpenAiPrompt();
        Question.Tool tool = Tooling.chat(fields, prompt);
        JsonNode schema = format(fields, prompt);
        boolean json = "json_object".equals(Json.string(body.path("response_format"), "type"));
        messages(fields, prompt);
        if (json && !prompt.mentions("json")) {
            throw OpenAiErrors.bad(
                    "messages",
                    null,
                    "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.");
        }
        Long max = sampling(fields, model);
        Long n = fields.integer("n", 1, 128);
        String effort =
                fields.oneOf("reasoning_effort", List.of("none", "minimal", "low", "medium", "high", "xhigh", "max"));
        if (effort != null && !model.reasons()) {
            throw OpenAiErrors.bad(null, null, "Unrecognized request argument supplied: reasoning_effort");
        }
        boolean stream = fields.flag("stream");
        JsonNode options = fields.object("stream_options");
        if (options != null && !stream) {
            throw OpenAiErrors.bad(
                    "stream_options", null, "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
        }
        long input = prompt.count(tokens, model.name());
        if (input + (max == null ? 0 : max) > model.contextTokens()) {
            throw OpenAiErrors.contextExceeded("messages", model.contextTokens(), input);
        }
        var asked = new Generation.Asked(
                model,
                prompt,
                input,
                n == null ? 1 : n.intValue(),
                schema,
                json,
                tool,
                Tooling.firstName(body),
                fields.stops(),
                max,
                Generation.thinking(model, effort));
        return new Read(
                asked,
                stream,
                options != null && options.path("include_usage").asBoolean(false),
                "flex".equals(fields.string("service_tier")) && model.reasons());
    }

    static Model model(String name, Models models) throws Refused {
        Model model = models.find(Provider.OPENAI, name);
        if (model == null) {
            throw OpenAiErrors.noSuchModel(name);
        }
        if (model.embeds()) {
            throw new Refused(
                    403, OpenAiErrors.INVALID, "You are not allowed to sample from this model", null, null, null);
        }
        return model;
    }

    private static @Nullable Long sampling(Fields fields, Model model) throws Refused {
        BigDecimal temperature = fields.decimal("temperature", "0", "2");
        BigDecimal topP = fields.decimal("top_p", "0", "1");
        fields.decimal("presence_penalty", "-2", "2");
        fields.decimal("frequency_penalty", "-2", "2");
        fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE);
        fields.integer("top_logprobs", 0, 20);
        fields.flag("logprobs");
        fields.flag("store");
        fields.flag("parallel_tool_calls");
        fields.string("user");
        fields.object("logit_bias");
        fields.metadata();
        fields.oneOf("service_tier", List.of("auto", "default", "flex", "fast", "priority", "scale", "ultrafast"));
        Long old = fields.integer("max_tokens", 1, model.maxOutputTokens());
        Long max = fields.integer("max_completion_tokens", 1, model.maxOutputTokens());
        if (model.reasons()) {
            onlyReasoning(fields, temperature, topP);
        }
        if (old != null && max != null) {
            throw OpenAiErrors.bad(
                    "max_tokens",
                    "invalid_parameter_combination",
                    "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
        }
        return max == null ? old : max;
    }

    private static void onlyReasoning(Fields fields, @Nullable BigDecimal temperature, @Nullable BigDecimal topP)
            throws Refused {
        if (fields.has("max_tokens")) {
            throw OpenAiErrors.unsupported("max_tokens", " Use 'max_completion_tokens' instead.");
        }
        if (temperature != null && temperature.compareTo(BigDecimal.ONE) != 0) {
            throw OpenAiErrors.bad(
                    "temperature",
                    "unsupported_value",
                    "Unsupported value: 'temperature' does not support " + temperature
                            + " with this model. Only the default (1) value is supported.");
        }
        for (String name : NO_SAMPLING) {
            boolean harmless = name.equals("top_p") && topP != null && topP.compareTo(BigDecimal.ONE) == 0;
            if (fields.has(name) && !harmless) {
                throw OpenAiErrors.unsupported(name, "");
            }
        }
        if (fields.has("stop")) {
            throw OpenAiErrors.unsupported("stop", "");
        }
    }

    private static @Nullable JsonNode format(Fields fields, OpenAiPrompt prompt) throws Refused {
        JsonNode format = fields.object("response_format");
        if (format == null) {
            return null;
        }
        String type = new Fields(format).string("type");
        if (type == null) {
            throw OpenAiErrors.missing("response_format.type");
        }
        return switch (type) {
            case "text", "json_object" -> null;
            case "json_schema" -> {
                JsonNode wrapper = new Fields(format).object("json_schema");
                if (wrapper == null) {
                    throw OpenAiErrors.missing("response_format.json_schema");
                }
                yield schema(wrapper, "response_format.json_schema", prompt);
            }
            default ->
                throw OpenAiErrors.notOneOf(
                        "response_format.type", type, List.of("json_object", "json_schema", "text"));
        };
    }

    /// The schema out of `{name, schema}`; it counts as part of the prompt.
    static JsonNode schema(JsonNode wrapper, String path, OpenAiPrompt prompt) throws Refused {
        String name = Json.string(wrapper, "name");
        if (name == null) {
            throw OpenAiErrors.missing(path + ".name");
        }
        if (!name.matches("[a-zA-Z0-9_-]{1,64}")) {
            throw OpenAiErrors.bad(
                    path + ".name",
                    "invalid_value",
                    "Invalid '" + path
                            + ".name': string does not match pattern. Expected a string that matches the pattern"
                            + " '^[a-zA-Z0-9_-]+$'.");
        }
        JsonNode schema = wrapper.path("schema");
        if (schema.isMissingNode() || schema.isNull()) {
            throw OpenAiErrors.missing(path + ".schema");
        }
        if (!schema.isObject()) {
            throw OpenAiErrors.wrongType(path + ".schema", "an object", Json.typeOf(schema));
        }
        prompt.preamble(Json.text(schema));
        return schema;
    }

    private static void messages(Fields fields, OpenAiPrompt prompt) throws Refused {
        JsonNode messages = fields.array("messages", "an array of objects");
        if (messages == null) {
            throw OpenAiErrors.missing("messages");
        }
        if (messages.isEmpty()) {
            throw OpenAiErrors.bad(
                    "messages",
                    "empty_array",
                    "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.");
        }
        int i = 0;
        for (JsonNode message : messages) {
            message(message, "messages[" + i++ + "]", prompt);
        }
    }

    private static void message(JsonNode message, String path, OpenAiPrompt prompt) throws Refused {
        if (!message.isObject()) {
            throw OpenAiErrors.wrongType(path, "an object", Json.typeOf(message));
        }
        String role = Json.string(message, "role");
        if (role == null) {
            throw message.hasNonNull("role")
                    ? OpenAiErrors.wrongType(path + ".role", "a string", Json.typeOf(message.path("role")))
                    : OpenAiErrors.missing(path + ".role");
        }
        if (!ROLES.contains(role)) {
            throw OpenAiErrors.notOneOf(path + ".role", role, ROLES);
        }
        JsonNode content = message.path("content");
        boolean mayBeSilent = role.equals("assistant") || role.equals("function");
        if (!Json.has(message, "content") && !mayBeSilent) {
            throw message.has("content")
                    ? OpenAiErrors.wrongType(path + ".content", "a string or an array of objects", "null")
                    : OpenAiErrors.missing(path + ".content");
        }
        if (role.equals("tool") && Json.string(message, "tool_call_id") == null) {
            throw OpenAiErrors.missing(path + ".tool_call_id");
        }
        var text = new StringBuilder();
        int media = Contents.read(content, path + ".content", Contents.CHAT, text);
        if (Json.has(message, "tool_calls")) {
            text.append(Json.text(message.path("tool_calls")));
        }
        prompt.message(role, text.toString(), media);
    }
}
