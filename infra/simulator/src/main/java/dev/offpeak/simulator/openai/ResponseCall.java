package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Answer;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import java.time.Instant;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One response.
final class ResponseCall implements Call {
    private static final List<String> ECHOED_OR_NULL = List.of(
            "instructions",
            "max_output_tokens",
            "max_tool_calls",
            "previous_response_id",
            "prompt_cache_key",
            "safety_identifier",
            "user");

    private final ResponseRequest.Read read;
    private final Generation generation;
    private final Ids ids;

    ResponseCall(ResponseRequest.Read read, Generation generation, Ids ids) {
        this.read = read;
        this.generation = generation;
        this.ids = ids;
    }

    @Override
    public String model() {
        return read.asked().model().name();
    }

    @Override
    public String prompt() {
        return read.asked().prompt().lastUser();
    }

    @Override
    public long inputTokens() {
        return read.asked().inputTokens();
    }

    @Override
    public boolean streams() {
        return read.stream();
    }

    @Override
    public Ran run(Instant now, Instant answeredAt) {
        Generation.Result result = generation.run(read.asked(), now);
        Answer answer = result.answers().getFirst();
        String id = ids.next("resp_");
        ObjectNode item = item(answer);
        return new Ran(
                result.usage(),
                result.thought(),
                () -> Json.bytes(document(id, now, answer, item, result)),
                () -> frames(id, now, answer, item, result));
    }

    private ObjectNode document(String id, Instant now, Answer answer, ObjectNode item, Generation.Result result) {
        boolean whole = answer.end() != Answer.End.LENGTH;
        ObjectNode body = skeleton(id, now, whole ? "completed" : "incomplete");
        if (whole) {
            body.put("completed_at", now.getEpochSecond());
        } else {
            body.putObject("incomplete_details").put("reason", "max_output_tokens");
        }
        if (answer.end() != Answer.End.EMPTY) {
            body.putArray("output").add(item);
        }
        body.set("usage", usage(result));
        return body;
    }

    /// Everything but the outcome.
    private ObjectNode skeleton(String id, Instant now, String status) {
        JsonNode request = read.echo();
        ObjectNode body = Json.object()
                .put("id", id)
                .put("object", "response")
                .put("created_at", now.getEpochSecond())
                .put("status", status)
                .put("background", false);
        body.putNull("completed_at");
        body.putNull("error");
        body.putNull("incomplete_details");
        body.put("model", model());
        body.putArray("output");
        for (String name : ECHOED_OR_NULL) {
            body.set(
                    name,
                    Json.has(request, name) ? request.path(name) : Json.object().nullNode());
        }
        echo(body, "parallel_tool_calls", Json.object().booleanNode(true));
        ObjectNode reasoning = body.putObject("reasoning");
        reasoning.put("effort", Json.string(request.path("reasoning"), "effort"));
        reasoning.putNull("summary");
        body.put("service_tier", "default");
        echo(body, "store", Json.object().booleanNode(true));
        echo(body, "temperature", Json.object().numberNode(1.0));
        ObjectNode text = Json.object();
        text.putObject("format").put("type", "text");
        text.put("verbosity", "medium");
        echo(body, "text", text);
        echo(body, "tool_choice", Json.object().stringNode("auto"));
        echo(body, "tools", Json.array());
        echo(body, "top_logprobs", Json.object().numberNode(0));
        echo(body, "top_p", Json.object().numberNode(1.0));
        echo(body, "truncation", Json.object().stringNode("disabled"));
        echo(body, "metadata", Json.object());
        body.putNull("usage");
        return body;
    }

    private void echo(ObjectNode body, String name, JsonNode byDefault) {
        body.set(name, Json.has(read.echo(), name) ? read.echo().path(name) : byDefault);
    }

    private ObjectNode item(Answer answer) {
        if (answer.calls()) {
            return Json.object()
                    .put("id", ids.next("fc_"))
                    .put("type", "function_call")
                    .put("status", "completed")
                    .put("call_id", ids.next("call_"))
                    .put("name", answer.tool())
                    .put("arguments", answer.text());
        }
        ObjectNode message = Json.object()
                .put("id", ids.next("msg_"))
                .put("type", "message")
                .put("status", answer.end() == Answer.End.LENGTH ? "incomplete" : "completed")
                .put("role", "assistant");
        message.putArray("content").add(part(answer, answer.text()));
        return message;
    }

    private static ObjectNode part(Answer answer, String words) {
        if (answer.refused()) {
            return Json.object().put("type", "refusal").put("refusal", words);
        }
        ObjectNode part = Json.object().put("type", "output_text").put("text", words);
        part.putArray("annotations");
        part.putArray("logprobs");
        return part;
    }

    private static ObjectNode usage(Generation.Result result) {
        Usage usage = result.usage();
        ObjectNode json = Json.object().put("input_tokens", usage.input());
        json.putObject("input_tokens_details")
                .put("cached_tokens", usage.cachedInput())
                .put("cache_write_tokens", usage.cacheWrite5m());
        json.put("output_tokens", usage.output());
        json.putObject("output_tokens_details").put("reasoning_tokens", result.thought());
        return json.put("total_tokens", usage.input() + usage.output());
    }

    private List<String> frames(String id, Instant now, Answer answer, ObjectNode item, Generation.Result result) {
        var stream = new ResponseFrames();
        stream.response("response.created", skeleton(id, now, "in_progress"));
        stream.response("response.in_progress", skeleton(id, now, "in_progress"));
        if (answer.end() != Answer.End.EMPTY) {
            if (answer.calls()) {
                stream.call(item);
            } else {
                stream.message(item, answer.refused(), part(answer, ""), answer.text());
            }
        }
        ObjectNode last = document(id, now, answer, item, result);
        stream.response("response." + last.path("status").stringValue(), last);
        return stream.frames();
    }
}
