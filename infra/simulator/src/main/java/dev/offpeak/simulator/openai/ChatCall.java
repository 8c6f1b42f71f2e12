package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.answers.Answer;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One chat completion.
final class ChatCall implements Call {
    private static final String FINGERPRINT = "fp_simulator";

    private final ChatRequest.Read read;
    private final Generation generation;
    private final Ids ids;

    ChatCall(ChatRequest.Read read, Generation generation, Ids ids) {
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
    public boolean flex() {
        return read.flex();
    }

    @Override
    public Ran run(Instant now, Instant answeredAt) {
        Generation.Result result = generation.run(read.asked(), now);
        String id = ids.next("chatcmpl-");
        return new Ran(
                result.usage(),
                result.thought(),
                () -> Json.bytes(document(id, now, result)),
                () -> frames(id, now, result));
    }

    private ObjectNode document(String id, Instant now, Generation.Result result) {
        ObjectNode body = head(id, "chat.completion", now);
        ArrayNode choices = body.putArray("choices");
        for (int i = 0; i < result.answers().size(); i++) {
            Answer answer = result.answers().get(i);
            ObjectNode choice = choices.addObject();
            choice.put("index", i);
            choice.set("message", message(answer));
            choice.putNull("logprobs");
            choice.put("finish_reason", finish(answer));
        }
        body.set("usage", usage(result));
        return body;
    }

    private ObjectNode head(String id, String kind, Instant now) {
        return Json.object()
                .put("id", id)
                .put("object", kind)
                .put("created", now.getEpochSecond())
                .put("model", model())
                .put("service_tier", read.flex() ? "flex" : "default")
                .put("system_fingerprint", FINGERPRINT);
    }

    private ObjectNode message(Answer answer) {
        ObjectNode message = Json.object().put("role", "assistant");
        if (answer.calls()) {
            message.putNull("content");
            message.putArray("tool_calls").add(toolCall(answer));
        } else {
            message.put("content", answer.refused() ? null : answer.text());
        }
        message.put("refusal", answer.refused() ? answer.text() : null);
        message.putArray("annotations");
        return message;
    }

    private ObjectNode toolCall(Answer answer) {
        ObjectNode call = Json.object().put("id", ids.next("call_")).put("type", "function");
        call.putObject("function").put("name", answer.tool()).put("arguments", answer.text());
        return call;
    }

    private static String finish(Answer answer) {
        return switch (answer.end()) {
            case STOP, STOP_SEQUENCE, REFUSAL, EMPTY -> "stop";
            case LENGTH -> "length";
            case TOOL -> "tool_calls";
        };
    }

    private static ObjectNode usage(Generation.Result result) {
        Usage usage = result.usage();
        ObjectNode json = Json.object()
                .put("prompt_tokens", usage.input())
                .put("completion_tokens", usage.output())
                .put("total_tokens", usage.input() + usage.output());
        json.putObject("prompt_tokens_details")
                .put("cached_tokens", usage.cachedInput())
                .put("audio_tokens", 0)
                .put("cache_write_tokens", usage.cacheWrite5m());
        json.putObject("completion_tokens_details")
                .put("reasoning_tokens", result.thought())
                .put("audio_tokens", 0)
                .put("accepted_prediction_tokens", 0)
                .put("rejected_prediction_tokens", 0);
        return json;
    }

    private List<String> frames(String id, Instant now, Generation.Result result) {
        List<String> frames = new ArrayList<>();
        for (int i = 0; i < result.answers().size(); i++) {
            Answer answer = result.answers().get(i);
            frames.add(chunk(id, now, i, Json.object().put("role", "assistant").put("content", ""), null));
            if (answer.calls()) {
                ObjectNode delta = Json.object();
                ObjectNode call = toolCall(answer).put("index", 0);
                delta.putArray("tool_calls").add(call);
                frames.add(chunk(id, now, i, delta, null));
            } else {
                String field = answer.refused() ? "refusal" : "content";
                for (String piece : Pieces.of(answer.text())) {
                    frames.add(chunk(id, now, i, Json.object().put(field, piece), null));
                }
            }
            frames.add(chunk(id, now, i, Json.object(), finish(answer)));
        }
        if (read.streamUsage()) {
            ObjectNode last = head(id, "chat.completion.chunk", now);
            last.putArray("choices");
            last.set("usage", usage(result));
            frames.add("data: " + Json.text(last));
        }
        frames.add("data: [DONE]");
        return frames;
    }

    private String chunk(
            String id, Instant now, int index, ObjectNode delta, @org.jspecify.annotations.Nullable String finish) {
        ObjectNode chunk = head(id, "chat.completion.chunk", now);
        ObjectNode choice = chunk.putArray("choices").addObject();
        choice.put("index", index);
        choice.set("delta", delta);
        choice.putNull("logprobs");
        choice.put("finish_reason", finish);
        if (read.streamUsage()) {
            chunk.putNull("usage");
        }
        return "data: " + Json.text(chunk);
    }
}
