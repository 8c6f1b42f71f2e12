package dev.offpeak.bench;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
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
        return complaintsAt("#/components/schemas/" + name, value);
    }

    /// What is wrong with a request: its path, its query's parameters, its body.
    ///
    /// @param path below `/v1`
    /// @param query by name
    /// @param body null where it has none; a form is an object of its fields
    List<String> complaintsAboutRequest(
            String method, String path, Map<String, String> query, @Nullable JsonNode body, String mediaType) {
        String template = template(path);
        String verb = method.toLowerCase(Locale.ROOT);
        JsonNode operation = document.path("paths").path(template).path(verb);
        if (!operation.isObject()) {
            return List.of("the document knows no " + method + " " + path);
        }
        var complaints = new ArrayList<String>();
        query.forEach(
                (name, value) -> complaints.addAll(complaintsAboutParameter(template, verb, operation, name, value)));
        JsonNode content = operation.path("requestBody").path("content");
        if (body == null) {
            if (operation.path("requestBody").path("required").asBoolean(false)) {
                complaints.add("the body is missing");
            }
        } else if (content.path(mediaType).isObject()) {
            complaints.addAll(complaintsAt(
                    "#/paths/" + pointer(template) + "/" + verb + "/requestBody/content/" + pointer(mediaType)
                            + "/schema",
                    body));
        } else if (!body.isEmpty()) {
            complaints.add("a body of type " + mediaType + " that the document does not know");
        }
        return complaints;
    }

    /// The template that a path follows; one without parameters goes before one with them.
    private String template(String path) {
        return document.path("paths").propertyNames().stream()
                .filter(template -> path.matches(template.replaceAll("\\{[^}]+}", "[^/]+")))
                .min(Comparator.comparingInt(template -> template.contains("{") ? 1 : 0))
                .orElse(path);
    }

    private List<String> complaintsAboutParameter(
            String template, String verb, JsonNode operation, String name, String value) {
        JsonNode parameters = operation.path("parameters");
        for (int i = 0; i < parameters.size(); i++) {
            JsonNode parameter = parameters.path(i);
            if (name.equals(parameter.path("name").asString(""))
                    && "query".equals(parameter.path("in").asString(""))) {
                JsonNode typed =
                        "integer".equals(parameter.path("schema").path("type").asString(""))
                                        && value.matches("-?\\d{1,18}")
                                ? Json.object()
                                        .put("value", Long.parseLong(value))
                                        .path("value")
                                : Json.object().put("value", value).path("value");
                return complaintsAt(
                        "#/paths/" + pointer(template) + "/" + verb + "/parameters/" + i + "/schema", typed);
            }
        }
        return List.of("the query has a parameter " + name + " that the document does not know");
    }

    private List<String> complaintsAt(String pointer, JsonNode value) {
        return complaints(
                schemas.computeIfAbsent(pointer, _ -> registry.getSchema(SchemaLocation.of(ADDRESS + pointer))), value);
    }

    private static String pointer(String name) {
        return name.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D");
    }

    private static List<String> complaints(Schema schema, JsonNode value) {
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
