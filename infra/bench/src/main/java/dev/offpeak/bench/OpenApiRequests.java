package dev.offpeak.bench;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Holds what our adapters sent, as `record` wrote it down, to OpenAI's public document: paths, query
/// parameters, bodies, the fields of uploads, and the lines of uploaded batches.
final class OpenApiRequests implements Command {

    private static final String VERSION = "/v1";
    private static final String CUSTOM_ID = "[A-Za-z0-9_-]{1,64}";

    private final Path document;
    private final Path requests;
    private final ArrayNode rows = Json.array();
    private int failures;

    OpenApiRequests(Arguments arguments) {
        this(Path.of(arguments.text("document")), Path.of(arguments.text("requests")));
    }

    OpenApiRequests(Path document, Path requests) {
        this.document = document;
        this.requests = requests;
    }

    @Override
    public Findings run() throws IOException {
        OpenApiDocument openAi = OpenApiDocument.read(document);
        control(openAi);
        int recorded = 0;
        int lines = 0;
        for (String line : Files.readAllLines(requests)) {
            JsonNode request = Json.parse(line);
            recorded++;
            lines += check(openAi, request);
        }
        var figures = Json.object()
                .put("document", openAi.title())
                .put("requests", recorded)
                .put("lines_of_uploads", lines)
                .put("failures", failures);
        figures.set("rows", rows);
        return new Findings(failures == 0 && recorded > 0, figures);
    }

    /// The check must be able to fail: what is spoilt has to be found.
    private void control(OpenApiDocument openAi) {
        boolean create = openAi.complaintsAboutRequest(
                        "POST",
                        "/batches",
                        Map.of(),
                        Json.object().put("endpoint", "/v1/chat/completions").put("completion_window", "25h"),
                        "application/json")
                .isEmpty();
        boolean upload = openAi.complaintsAboutRequest(
                        "POST", "/files", Map.of(), Json.object().put("purpose", "bulk"), "multipart/form-data")
                .isEmpty();
        boolean list = openAi.complaintsAboutRequest("GET", "/batches", Map.of("status", "failed"), null, "")
                .isEmpty();
        row(
                "control: a spoilt create, upload and list are found",
                !create && !upload && !list ? List.of() : List.of("not found"));
    }

    private int check(OpenApiDocument openAi, JsonNode request) {
        String method = request.path("method").asString("");
        String path = request.path("path").asString("");
        String below = path.startsWith(VERSION) ? path.substring(VERSION.length()) : path;
        boolean form = request.path("form").isObject();
        JsonNode body = form ? request.path("form") : request.path("body");
        row(
                method + " " + path,
                openAi.complaintsAboutRequest(
                        method,
                        below,
                        query(request.path("query").asString("")),
                        body.isMissingNode() || body.isNull() ? null : body,
                        form ? "multipart/form-data" : "application/json"));
        JsonNode lines = request.path("lines");
        for (int i = 0; i < lines.size(); i++) {
            row("line " + (i + 1) + " of an upload", complaintsAboutLine(openAi, lines.path(i)));
        }
        return lines.size();
    }

    /// The document has no schema of a line any more; of its body it has.
    private static List<String> complaintsAboutLine(OpenApiDocument openAi, JsonNode line) {
        var complaints = new ArrayList<String>();
        if (!line.path("custom_id").asString("").matches(CUSTOM_ID)) {
            complaints.add("no custom_id of ours");
        }
        if (line.path("body").path("stream").asBoolean(false)) {
            complaints.add("a batch refuses streams");
        }
        String url = line.path("url").asString("");
        complaints.addAll(openAi.complaintsAboutRequest(
                line.path("method").asString(""),
                url.startsWith(VERSION) ? url.substring(VERSION.length()) : url,
                Map.of(),
                line.path("body"),
                "application/json"));
        return complaints;
    }

    private static Map<String, String> query(@Nullable String query) {
        var parameters = new LinkedHashMap<String, String>();
        if (query != null && !query.isEmpty()) {
            for (String pair : query.split("&", -1)) {
                int at = pair.indexOf('=');
                String name = at < 0 ? pair : pair.substring(0, at);
                String value = at < 0 ? "" : pair.substring(at + 1);
                parameters.put(decoded(name), decoded(value));
            }
        }
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    private void row(String what, List<String> complaints) {
        if (!complaints.isEmpty()) {
            failures++;
        }
        rows.addObject()
                .put("what", what)
                .put("follows", complaints.isEmpty())
                .put("complaints", String.join("; ", complaints.subList(0, Math.min(5, complaints.size()))));
    }
}
