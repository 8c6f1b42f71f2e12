package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.batches.Fate;
import dev.offpeak.simulator.batches.LineReader;
import dev.offpeak.simulator.batches.LineWork;
import dev.offpeak.simulator.batches.Outcome;
import dev.offpeak.simulator.batches.Verdict;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.state.Execution;
import dev.offpeak.simulator.state.PromptHash;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The lines of OpenAI's batches. What the endpoint would refuse is an answer with that status in the error
/// file; what did not run at all has no answer but an error.
final class OpenAiLines implements LineWork {
    static final String ENDPOINT = "endpoint";
    static final String NO_FILE = "input_file_missing";

    private final OpenAiCalls calls;
    private final OpenAiDialect dialect;
    private final Models models;
    private final Prices prices;
    private final Ids ids;

    OpenAiLines(OpenAiCalls calls, OpenAiDialect dialect, Models models, Prices prices, Ids ids) {
        this.calls = calls;
        this.dialect = dialect;
        this.models = models;
        this.prices = prices;
        this.ids = ids;
    }

    @Override
    public Provider provider() {
        return Provider.OPENAI;
    }

    @Override
    public boolean hasErrorFile() {
        return true;
    }

    @Override
    public Verdict validate(BatchView batch, LineReader lines, Enqueued enqueued) throws IOException {
        if (batch.details().path(NO_FILE).asBoolean(false)) {
            ArrayNode errors = Json.array();
            errors.addObject()
                    .put("code", "invalid_request")
                    .put(
                            "message",
                            cannotFind(batch.details().path("input_file_id").asString("")))
                    .putNull("param")
                    .putNull("line");
            return new Verdict.Rejected(errors);
        }
        return new BatchValidator(calls, models, batch.conduct(), endpoint(batch)).judge(lines, enqueued);
    }

    static String cannotFind(String file) {
        return "Cannot find file " + file + ", or organization org-simulator does not have access to it.";
    }

    @Override
    public Outcome run(BatchView batch, byte[] line, long index, Instant now) {
        JsonNode request = Json.parse(line);
        String customId = request.path("custom_id").asString("");
        String requestId = ids.next("req_");
        Call call;
        try {
            call = calls.read(endpoint(batch), request.path("body"));
            if (call.streams()) {
                throw OpenAiErrors.bad("stream", null, "Streaming is not supported in the Batch API.");
            }
        } catch (Refused refused) {
            return refused(customId, refused, requestId);
        }
        Call.Ran ran = call.run(now, now);
        byte[] body = ran.body().get();
        if (batch.conduct().drawn("split_answer_rate", Die.LINE_SPLITS, index)) {
            body = split(body);
        }
        int status = batch.conduct().drawn("line_status_zero_rate", Die.LINE_STATUS_ZERO, index) ? 0 : 200;
        LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
        var execution = new Execution(
                now,
                OpenAiCalls.endpoint(endpoint(batch)),
                Provider.OPENAI.wire(),
                call.model(),
                requestId,
                null,
                batch.id(),
                customId,
                PromptHash.of(call.prompt()),
                ran.usage(),
                prices.cost(call.model(), ran.usage(), day, true),
                Execution.Outcome.ANSWERED);
        return new Outcome(Fate.SUCCEEDED, answered(customId, status, requestId, body), execution, ran.thought());
    }

    @Override
    public Outcome unrun(BatchView batch, byte[] line, Unrun why) {
        String customId = Json.parse(line).path("custom_id").asString("");
        return switch (why) {
            case EXPIRED ->
                Outcome.without(
                        Fate.EXPIRED,
                        failed(
                                customId,
                                "batch_expired",
                                "This request could not be executed before the completion window expired."));
            case CANCELLED ->
                Outcome.without(
                        Fate.CANCELLED,
                        failed(
                                customId,
                                "batch_cancelled",
                                "This request was not executed because the batch was cancelled."));
            case TIMED_OUT ->
                Outcome.without(
                        Fate.ERRORED,
                        failed(customId, "request_timeout", "This request was not completed within the time limit."));
            case FAILED ->
                refused(customId, dialect.failure(batch.conduct().number("line_error_status")), ids.next("req_"));
        };
    }

    @Override
    public byte[] stray(BatchView batch) {
        return failed("unknown-" + ids.next(""), "request_timeout", "Nobody has asked for this.");
    }

    @Override
    public void ended(BatchView batch, Instant now) {
        // OpenAI's prompt cache knows no batches
    }

    private Outcome refused(String customId, Refused refused, String requestId) {
        return Outcome.without(
                Fate.ERRORED, answered(customId, refused.status(), requestId, dialect.error(refused, requestId)));
    }

    private byte[] answered(String customId, int status, String requestId, byte[] body) {
        var line = new ByteArrayOutputStream(body.length + 256);
        String head = "{\"id\":\"" + ids.next("batch_req_") + "\",\"custom_id\":" + quoted(customId)
                + ",\"response\":{\"status_code\":" + status + ",\"request_id\":\"" + requestId + "\",\"body\":";
        line.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        line.writeBytes(body);
        line.writeBytes("},\"error\":null}".getBytes(StandardCharsets.UTF_8));
        return line.toByteArray();
    }

    private byte[] failed(String customId, String code, String message) {
        ObjectNode line = Json.object().put("id", ids.next("batch_req_")).put("custom_id", customId);
        line.putNull("response");
        line.putObject("error").put("code", code).put("message", message);
        return Json.bytes(line);
    }

    private static String quoted(String text) {
        return Json.text(Json.object().stringNode(text));
    }

    /// The same answer over several items: some reasoning first, then the words in two messages. Other bodies
    /// than those of responses stay as they are.
    private byte[] split(byte[] body) {
        var json = (ObjectNode) Json.parse(body);
        JsonNode first = json.path("output").path(0);
        JsonNode words = first.path("content").path(0).path("text");
        if (!words.isString() || words.stringValue().length() < 2) {
            return body;
        }
        String text = words.stringValue();
        int middle = text.offsetByCodePoints(0, text.codePointCount(0, text.length()) / 2);
        ArrayNode items = json.putArray("output");
        ObjectNode reasoning = items.addObject().put("id", ids.next("rs_")).put("type", "reasoning");
        reasoning.putArray("summary");
        items.add(message(first, text.substring(0, middle)));
        items.add(message(first, text.substring(middle)));
        return Json.bytes(json);
    }

    private ObjectNode message(JsonNode like, String text) {
        var message = (ObjectNode) like.deepCopy();
        message.put("id", ids.next("msg_"));
        ((ObjectNode) message.path("content").path(0)).put("text", text);
        return message;
    }

    private static String endpoint(BatchView batch) {
        return batch.details().path(ENDPOINT).asString();
    }
}
