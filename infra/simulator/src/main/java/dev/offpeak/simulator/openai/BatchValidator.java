package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.batches.Conduct;
import dev.offpeak.simulator.batches.LineReader;
import dev.offpeak.simulator.batches.LineWork;
import dev.offpeak.simulator.batches.Verdict;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Model;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Refused;
import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// Finds fault with the lines of a batch, all of them at once.
final class BatchValidator {
    private static final int MAX_ERRORS = 100;
    private static final long MAX_LINES = 50_000;
    private static final long MAX_INPUTS = 50_000;

    private final OpenAiCalls calls;
    private final Models models;
    private final Conduct conduct;
    private final String endpoint;
    private final boolean countsTokens;
    private final ArrayNode errors = Json.array();
    private final Set<String> customIds = new HashSet<>();
    private @Nullable String model;
    private long lines;
    private long inputs;
    private long tokens;

    BatchValidator(OpenAiCalls calls, Models models, Conduct conduct, String endpoint) {
        this.calls = calls;
        this.models = models;
        this.conduct = conduct;
        this.endpoint = endpoint;
        this.countsTokens = conduct.limit("enqueued_token_limit") != null;
    }

    Verdict judge(LineReader reader, LineWork.Enqueued enqueued) throws IOException {
        Long set = conduct.limit("max_lines");
        long most = set == null ? MAX_LINES : set;
        for (byte[] line = reader.next(); line != null && errors.size() < MAX_ERRORS; line = reader.next()) {
            lines++;
            if (lines <= most) {
                judge(line, reader);
            }
        }
        if (lines == 0) {
            error("empty_file", "The input file is empty. Please ensure that the batch contains at least one request.");
        }
        if (lines > most) {
            error(
                    "too_many_tasks",
                    "The batch input file contains too many requests. The maximum is " + grouped(most) + ".");
        }
        if (inputs > MAX_INPUTS) {
            error(
                    "too_many_tasks",
                    "The batch input file contains too many embedding inputs. The maximum is " + grouped(MAX_INPUTS)
                            + ".");
        }
        Long limit = conduct.limit("enqueued_token_limit");
        if (errors.isEmpty() && limit != null && model != null && enqueued.of(model) + tokens > limit) {
            error(
                    "token_limit_exceeded",
                    "Enqueued token limit reached for " + model + " in organization org-simulator. Limit: "
                            + grouped(limit)
                            + " enqueued tokens. Please try again once some in_progress batches have been completed.");
        }
        return errors.isEmpty() ? new Verdict.Accepted(lines, model, tokens) : new Verdict.Rejected(errors);
    }

    private void judge(byte[] bytes, LineReader reader) {
        long number = reader.number();
        JsonNode line;
        try {
            line = reader.tooLong() ? Json.array() : Json.parse(bytes);
        } catch (JacksonException _) {
            line = Json.array();
        }
        if (!line.isObject()) {
            error("invalid_json_line", "This line is not parseable as valid JSON.", null, number);
            return;
        }
        String customId = Json.string(line, "custom_id");
        if (customId == null || customId.isEmpty()) {
            error("missing_required_parameter", "Missing required parameter: 'custom_id'.", "custom_id", number);
        } else if (!customIds.add(customId)) {
            error(
                    "duplicate_custom_id",
                    "The custom_id for this request is a duplicate of another request. The custom_id parameter must be"
                            + " unique for each request in a batch.",
                    "custom_id",
                    number);
        }
        if (!"POST".equals(Json.string(line, "method"))) {
            error("invalid_method", "The HTTP method of this request is not supported.", "method", number);
        }
        if (!endpoint.equals(Json.string(line, "url"))) {
            error(
                    "url_mismatch",
                    "The URL provided for this request does not match the batch endpoint.",
                    "url",
                    number);
        }
        body(line.path("body"), bytes.length, number);
    }

    private void body(JsonNode body, int bytes, long number) {
        String name = Json.string(body, "model");
        if (!body.isObject() || name == null) {
            error("missing_required_parameter", "Missing required parameter: 'body.model'.", "body.model", number);
            return;
        }
        if (model == null) {
            Model known = models.find(Provider.OPENAI, name);
            if (known == null) {
                error(
                        "model_not_found",
                        "The provided model '" + name + "' is not supported by the Batch API.",
                        "body.model",
                        number);
            }
            model = name;
        } else if (!model.equals(name)) {
            error(
                    "model_mismatch",
                    "The model of this request differs from that of the first one. A batch runs on one model.",
                    "body.model",
                    number);
        }
        if (body.path("stream").asBoolean(false)
                && conduct.word("stream_in_line").equals("failed")) {
            error("invalid_request", "Streaming is not supported in the Batch API.", "body.stream", number);
        }
        if (endpoint.equals(OpenAiCalls.EMBEDDINGS)) {
            JsonNode input = body.path("input");
            inputs += input.isArray() && !input.path(0).isIntegralNumber() ? input.size() : 1;
        }
        tokens += tokens(body, bytes);
    }

    private long tokens(JsonNode body, int bytes) {
        if (countsTokens) {
            try {
                return calls.read(endpoint, body).inputTokens();
            } catch (Refused _) {
                // the line will fail; until then it counts as what it looks like
            }
        }
        return bytes / 4;
    }

    private void error(String code, String message) {
        error(code, message, null, null);
    }

    private void error(String code, String message, @Nullable String param, @Nullable Long line) {
        errors.addObject()
                .put("code", code)
                .put("message", message)
                .put("param", param)
                .put("line", line);
    }

    private static String grouped(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
