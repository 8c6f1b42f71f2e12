package dev.offpeak.simulator.anthropic;

import static dev.offpeak.simulator.anthropic.AnthropicDialect.bad;

import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads and judges the body of `POST /v1/messages` under the rules of an API version.
final class MessageRequest {
    private static final Set<String> KNOWN = Set.of(
            "model",
            "messages",
            "max_tokens",
            "metadata",
            "stop_sequences",
            "stream",
            "system",
            "temperature",
            "top_k",
            "top_p",
            "tools",
            "tool_choice",
            "thinking",
            "service_tier",
            "cache_control",
            "container",
            "context_management",
            "mcp_servers",
            "inference_geo",
            "output_config",
            "output_format",
            "speed",
            "diagnostics");
    private static final List<String> SAMPLING = List.of("temperature", "top_p", "top_k");

    private final JsonNode body;
    private final boolean newest;

    private MessageRequest(JsonNode body, String version) {
        this.body = body;
        this.newest = version.equals(AnthropicDialect.NEWEST);
    }

    record Read(
            Model model,
            List<PrefixCache.Block> blocks,
            long inputTokens,
            String lastUser,
            @Nullable JsonNode schema,
            Question.@Nullable Tool tool,
            @Nullable String anyTool,
            List<String> stops,
            long maxTokens,
            boolean stream) {}

    static Read read(JsonNode body, String version, Models models, Tokens tokens) throws Refused {
        return new MessageRequest(body, version).read(models, tokens, true);
    }

    /// The body of a token count has no `max_tokens`.
    static Read readForCount(JsonNode body, String version, Models models, Tokens tokens) throws Refused {
        return new MessageRequest(body, version).read(models, tokens, false);
    }

    private Read read(Models models, Tokens tokens, boolean generates) throws Refused {
        for (String name : body.propertyNames()) {
            if (!KNOWN.contains(name)) {
                throw bad(name + ": Extra inputs are not permitted");
            }
        }
        String name = requiredString("model");
        long max = generates ? maxTokens() : 0;
        sampling();
        List<String> stops = stops();
        boolean stream = flag("stream");
        Model model = models.find(Provider.ANTHROPIC, name);
        if (model == null) {
            throw AnthropicDialect.noSuchModel(name);
        }
        if (max > model.maxOutputTokens()) {
            throw bad("max_tokens: " + max + " > " + model.maxOutputTokens()
                    + ", which is the maximum allowed number of output tokens for " + name);
        }
        var prompt = new MessagePrompt(tokens, model, newest);
        Question.Tool tool = tools(prompt);
        JsonNode schema = schema(prompt);
        prompt.system(body.path("system"));
        prompt.messages(body);
        prompt.finish(body.path("cache_control"));
        if (prompt.total() + max > model.contextTokens()) {
            throw bad("prompt is too long: " + prompt.total() + " tokens > " + model.contextTokens() + " maximum");
        }
        return new Read(
                model,
                prompt.blocks(),
                prompt.total(),
                prompt.lastUser(),
                schema,
                tool,
                Json.string(body.path("tools").path(0), "name"),
                stops,
                max,
                stream);
    }

    private String requiredString(String name) throws Refused {
        if (!Json.has(body, name)) {
            throw bad(name + ": Field required");
        }
        if (!body.path(name).isString()) {
            throw bad(name + ": Input should be a valid string");
        }
        return body.path(name).stringValue();
    }

    private long maxTokens() throws Refused {
        if (!Json.has(body, "max_tokens")) {
            throw bad("max_tokens: Field required");
        }
        JsonNode max = body.path("max_tokens");
        if (!max.isIntegralNumber() || !max.canConvertToLong()) {
            throw bad("max_tokens: Input should be a valid integer");
        }
        if (max.asLong() < 0) {
            throw bad("max_tokens: must be greater than or equal to 0");
        }
        return max.asLong();
    }

    private void sampling() throws Refused {
        for (String name : SAMPLING) {
            if (!body.has(name)) {
                continue;
            }
            if (newest) {
                throw bad(name + ": this parameter is not supported as of API version " + AnthropicDialect.NEWEST);
            }
            JsonNode value = body.path(name);
            if (value.isNull()) {
                continue;
            }
            if (!value.isNumber()) {
                throw bad(name + ": Input should be a valid number");
            }
            if (name.equals("top_k")) {
                if (!value.isIntegralNumber() || value.asDouble() < 0) {
                    throw bad("top_k: Input should be a non-negative integer");
                }
            } else if (value.asDouble() < 0 || value.asDouble() > 1) {
                throw bad(name + ": range: 0..1");
            }
        }
    }

    private List<String> stops() throws Refused {
        List<String> stops = new ArrayList<>();
        JsonNode given = body.path("stop_sequences");
        if (given.isMissingNode() || given.isNull()) {
            return stops;
        }
        if (!given.isArray()) {
            throw bad("stop_sequences: Input should be a valid list");
        }
        for (JsonNode stop : given) {
            if (!stop.isString()) {
                throw bad("stop_sequences." + stops.size() + ": Input should be a valid string");
            }
            if (stop.stringValue().isBlank()) {
                throw bad("stop_sequences: each stop sequence must contain non-whitespace");
            }
            stops.add(stop.stringValue());
        }
        return stops;
    }

    private boolean flag(String name) throws Refused {
        if (!Json.has(body, name)) {
            return false;
        }
        if (!body.path(name).isBoolean()) {
            throw bad(name + ": Input should be a valid boolean");
        }
        return body.path(name).asBoolean();
    }

    /// The tool that must be called. All definitions count as part of the prompt.
    private Question.@Nullable Tool tools(MessagePrompt prompt) throws Refused {
        JsonNode tools = body.path("tools");
        if (tools.isMissingNode() || tools.isNull()) {
            return null;
        }
        if (!tools.isArray()) {
            throw bad("tools: Input should be a valid list");
        }
        int i = 0;
        for (JsonNode tool : tools) {
            if (!tool.isObject() || Json.string(tool, "name") == null) {
                throw bad("tools." + i + ".name: Field required");
            }
            prompt.tool(tool, "tools." + i);
            i++;
        }
        JsonNode choice = body.path("tool_choice");
        String type = Json.string(choice, "type");
        if (type == null) {
            return null;
        }
        return switch (type) {
            case "auto", "none" -> null;
            case "any" -> tools.isEmpty() ? null : tool(tools.get(0));
            case "tool" -> {
                for (JsonNode tool : tools) {
                    if (tool.path("name").equals(choice.path("name"))) {
                        yield tool(tool);
                    }
                }
                throw bad("tool_choice.name: Tool '" + choice.path("name").asString("")
                        + "' not found in provided tools");
            }
            default -> throw bad("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'");
        };
    }

    private static Question.Tool tool(JsonNode tool) {
        JsonNode schema = tool.path("input_schema");
        return new Question.Tool(tool.path("name").stringValue(), schema.isObject() ? schema : null);
    }

    private @Nullable JsonNode schema(MessagePrompt prompt) throws Refused {
        JsonNode format = body.path("output_config").path("format");
        if (!format.isObject()) {
            format = body.path("output_format");
        }
        if (!format.isObject()) {
            return null;
        }
        if (!"json_schema".equals(Json.string(format, "type"))) {
            throw bad("output_config.format.type: Input should be 'json_schema'");
        }
        if (!format.path("schema").isObject()) {
            throw bad("output_config.format.schema: Field required");
        }
        prompt.schema(format.path("schema"));
        return format.path("schema");
    }
}
