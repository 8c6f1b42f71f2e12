package dev.offpeak.bench;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// The public OpenAI document, asked schema by schema whether something follows it.
final class OpenApiDocument {

    private static final String ADDRESS = "https://offpeak.invalid/openai.json";

    private final JsonNode document;
    private final SchemaRegistry registry;
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    private OpenApiDocument(JsonNode document, SchemaRegistry registry) {
        this.document = document;
        this.registry = registry;
    }

    /// @throws UsageError where there is no such document; nothing is fetched
    static OpenApiDocument read(Path file) {
        if (!Files.isReadable(file)) {
            throw new UsageError("there is no OpenAPI document at " + file
                    + "; give OpenAI's public one with --document. Nothing was checked");
        }
        try {
            String text = Files.readString(file);
            // Not the OpenAPI dialect: its discriminators want mappings, which this document leaves out; oneOf decides.
            var registry = SchemaRegistry.withDialect(
                    Dialects.getDraft202012(), builder -> builder.schemas(Map.of(ADDRESS, text)));
            return new OpenApiDocument(Json.parse(text), registry);
        } catch (IOException _) {
            throw new UsageError("the OpenAPI document at " + file + " cannot be read. Nothing was checked");
        }
    }

    /// @return what is wrong, nothing where the value follows `#/components/schemas/<name>`
    List<String> complaints(String name, JsonNode value) {
        Schema schema = schemas.computeIfAbsent(
                name, _ -> registry.getSchema(SchemaLocation.of(ADDRESS + "#/components/schemas/" + name)));
        return schema.validate(value).stream()
                .map(error -> error.getInstanceLocation() + ": " + error.getMessage())
                .distinct()
                .toList();
    }

    /// What is wrong with the answers that the document itself gives as examples of a path: a null where its schema
    /// wants a string is what the provider really sends, and no fault of who sends it too.
    Set<String> complaintsAboutOwnExamples(String path, String schema) {
        var complaints = new HashSet<String>();
        for (JsonNode example : document.path("paths").path(path).findValues("response")) {
            try {
                if (example.isString()) {
                    complaints.addAll(complaints(schema, Json.parse(example.asString())));
                }
            } catch (JacksonException _) {
                // an example of a stream, or an abridged one
            }
        }
        return Set.copyOf(complaints);
    }

    String title() {
        JsonNode info = document.path("info");
        return info.path("title").asString("") + " " + info.path("version").asString("");
    }
}
