package dev.offpeak.simulator.answers;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What decides an answer: the model, the last user message, which of several choices it is, and the bounds set
/// by the client. `schema` asks for JSON of that schema, `json` for any JSON object, `tool` forces a call.
/// `maxTokens` is null without bound.
public record Question(
        String model,
        String prompt,
        int choice,
        @Nullable JsonNode schema,
        boolean json,
        @Nullable Tool tool,
        @Nullable String anyTool,
        List<String> stops,
        @Nullable Long maxTokens) {

    /// A tool that must be called, and the schema of its arguments.
    public record Tool(String name, @Nullable JsonNode schema) {}
}
