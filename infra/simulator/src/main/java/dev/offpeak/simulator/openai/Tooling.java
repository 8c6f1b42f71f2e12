package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads tool definitions. They count as part of the prompt; a tool is called only where the client insists on
/// it.
final class Tooling {
    private Tooling() {}

    /// The function that must be called, from chat's nested shape.
    static Question.@Nullable Tool chat(Fields fields, OpenAiPrompt prompt) throws Refused {
        return forced(fields, prompt, true);
    }

    /// The function that must be called, from the flat shape of responses.
    static Question.@Nullable Tool responses(Fields fields, OpenAiPrompt prompt) throws Refused {
        return forced(fields, prompt, false);
    }

    static @Nullable String firstName(JsonNode body) {
        JsonNode first = body.path("tools").path(0);
        String nested = Json.string(first.path("function"), "name");
        return nested == null ? Json.string(first, "name") : nested;
    }

    private static Question.@Nullable Tool forced(Fields fields, OpenAiPrompt prompt, boolean nested) throws Refused {
        JsonNode tools = fields.array("tools", "an array of objects");
        JsonNode choice = fields.body().path("tool_choice");
        if (tools == null) {
            if (Json.has(fields.body(), "tool_choice") && !choice.asString("").equals("none") && nested) {
                throw OpenAiErrors.bad(
                        "tool_choice", null, "'tool_choice' is only allowed when 'tools' are specified.");
            }
            return null;
        }
        int i = 0;
        for (JsonNode tool : tools) {
            check(tool, "tools[" + i++ + "]", nested);
        }
        prompt.preamble(Json.text(tools));
        if (choice.isString()) {
            if (!List.of("none", "auto", "required").contains(choice.stringValue())) {
                throw OpenAiErrors.notOneOf("tool_choice", choice.stringValue(), List.of("none", "auto", "required"));
            }
            return choice.stringValue().equals("required") && !tools.isEmpty() ? tool(tools.get(0), nested) : null;
        }
        if (!choice.isObject()) {
            return null;
        }
        String name = Json.string(nested ? choice.path("function") : choice, "name");
        for (JsonNode tool : tools) {
            Question.Tool one = tool(tool, nested);
            if (one.name().equals(name)) {
                return one;
            }
        }
        if (name == null) {
            return null;
        }
        throw OpenAiErrors.bad("tool_choice", null, "Tool choice '" + name + "' not found in 'tools' parameter.");
    }

    private static void check(JsonNode tool, String path, boolean nested) throws Refused {
        if (!tool.isObject()) {
            throw OpenAiErrors.wrongType(path, "an object", Json.typeOf(tool));
        }
        String type = Json.string(tool, "type");
        if (type == null) {
            throw OpenAiErrors.missing(path + ".type");
        }
        if (type.equals("function") && Json.string(nested ? tool.path("function") : tool, "name") == null) {
            throw OpenAiErrors.missing(path + (nested ? ".function.name" : ".name"));
        }
    }

    private static Question.Tool tool(JsonNode tool, boolean nested) {
        JsonNode function = nested ? tool.path("function") : tool;
        JsonNode schema = function.path("parameters");
        String name = Json.string(function, "name");
        return new Question.Tool(name == null ? "tool" : name, schema.isObject() ? schema : null);
    }
}
