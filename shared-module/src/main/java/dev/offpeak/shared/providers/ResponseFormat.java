package dev.offpeak.shared.providers;

/// The shape that an answer has to have.
public sealed interface ResponseFormat {

    /// Any text.
    record Text() implements ResponseFormat {}

    /// Any JSON object.
    record JsonObject() implements ResponseFormat {}

    /// JSON that follows a schema.
    ///
    /// @param name OpenAI's name of the schema, `[a-zA-Z0-9_-]{1,64}`
    /// @param schema the JSON Schema as JSON text
    record JsonSchema(String name, String schema, boolean strict) implements ResponseFormat {}
}
