package dev.offpeak.bench;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/// The public OpenAI document, asked schema by schema whether something follows it.
final class OpenApiDocument {

    private static final String ADDRESS = "https://offpeak.invalid/openai.json";

    private final String title;
    private final SchemaRegistry registry;
    private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

    private OpenApiDocument(String title, SchemaRegistry registry) {
        this.title = title;
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
            JsonNode info = Json.parse(text).path("info");
            var registry = SchemaRegistry.withDialect(
                    Dialects.getOpenApi31(), builder -> builder.schemas(Map.of(ADDRESS, text)));
            return new OpenApiDocument(
                    info.path("title").asString("") + " " + info.path("version").asString(""), registry);
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

    String title() {
        return title;
    }
}
