package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.answers.Answer;
import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.answers.Question;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.tokens.PrefixCache;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One message.
final class MessageCall implements Call {
    private final MessageRequest.Read read;
    private final Lookup cache;
    private final Author author;
    private final Ids ids;

    /// How a prompt meets a cache.
    interface Lookup {
        PrefixCache.Effect look(List<PrefixCache.Block> blocks, int minimum, Instant now, Instant answeredAt);
    }

    MessageCall(MessageRequest.Read read, Lookup cache, Author author, Ids ids) {
        this.read = read;
        this.cache = cache;
        this.author = author;
        this.ids = ids;
    }

    @Override
    public String model() {
        return read.model().name();
    }

    @Override
    public String prompt() {
        return read.lastUser();
    }

    @Override
    public long inputTokens() {
        return read.inputTokens();
    }

    @Override
    public boolean streams() {
        return read.stream();
    }

    @Override
    public Ran run(Instant now, Instant answeredAt) {
        PrefixCache.Effect effect = cache.look(read.blocks(), read.model().cacheFrom(), now, answeredAt);
        Answer answer = author.answer(new Question(
                model(),
                prompt(),
                0,
                read.schema(),
                false,
                read.tool(),
                read.anyTool(),
                read.stops(),
                read.maxTokens()));
        var usage =
                new Usage(read.inputTokens(), effect.read(), effect.written5m(), effect.written1h(), answer.tokens());
        String id = ids.next("msg_");
        return new Ran(usage, 0, () -> Json.bytes(document(id, answer, usage)), () -> frames(id, answer, usage));
    }

    private ObjectNode document(String id, Answer answer, Usage usage) {
        ObjectNode body = head(id);
        ArrayNode content = body.putArray("content");
        if (answer.calls()) {
            content.add(toolUse(answer, arguments(answer)));
        } else if (!answer.text().isEmpty()) {
            content.addObject().put("type", "text").put("text", answer.text()).putNull("citations");
        }
        end(body, answer);
        body.set("usage", usage(usage).put("output_tokens", usage.output()));
        return body;
    }

    private ObjectNode head(String id) {
        ObjectNode head = Json.object()
                .put("id", id)
                .put("type", "message")
                .put("role", "assistant")
                .put("model", model());
        head.putNull("container");
        return head;
    }

    private static void end(ObjectNode target, Answer answer) {
        target.put("stop_reason", reason(answer));
        target.put("stop_sequence", answer.stopSequence());
        if (answer.refused()) {
            target.putObject("stop_details")
                    .put("type", "refusal")
                    .putNull("category")
                    .put("explanation", answer.text());
        } else {
            target.putNull("stop_details");
        }
    }

    private static String reason(Answer answer) {
        return switch (answer.end()) {
            case STOP, EMPTY -> "end_turn";
            case STOP_SEQUENCE -> "stop_sequence";
            case LENGTH -> "max_tokens";
            case REFUSAL -> "refusal";
            case TOOL -> "tool_use";
        };
    }

    private ObjectNode toolUse(Answer answer, JsonNode input) {
        ObjectNode block = Json.object()
                .put("type", "tool_use")
                .put("id", ids.next("toolu_"))
                .put("name", answer.tool());
        block.set("input", input);
        block.putObject("caller").put("type", "direct");
        return block;
    }

    /// Arguments that were cut off are no JSON any more; Anthropic then shows what it could parse, we show
    /// nothing.
    private static JsonNode arguments(Answer answer) {
        try {
            JsonNode parsed = Json.parse(answer.text().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            return parsed.isObject() ? parsed : Json.object();
        } catch (JacksonException _) {
            return Json.object();
        }
    }

    /// On Anthropic's wire cached tokens are not part of the input tokens but beside them.
    private static ObjectNode usage(Usage usage) {
        ObjectNode json = Json.object()
                .put("input_tokens", usage.plainInput())
                .put("cache_creation_input_tokens", usage.cacheWrite5m() + usage.cacheWrite1h())
                .put("cache_read_input_tokens", usage.cachedInput());
        json.putObject("cache_creation")
                .put("ephemeral_5m_input_tokens", usage.cacheWrite5m())
                .put("ephemeral_1h_input_tokens", usage.cacheWrite1h());
        return json.putNull("server_tool_use").put("service_tier", "standard");
    }

    private List<String> frames(String id, Answer answer, Usage usage) {
        List<String> frames = new ArrayList<>();
        ObjectNode message = head(id);
        message.putArray("content");
        message.putNull("stop_reason").putNull("stop_sequence").putNull("stop_details");
        message.set("usage", usage(usage).put("output_tokens", 1));
        ObjectNode start = Json.object().put("type", "message_start");
        start.set("message", message);
        frames.add(frame(start));
        frames.add(frame(Json.object().put("type", "ping")));
        if (answer.calls() || !answer.text().isEmpty()) {
            block(answer, frames);
        }
        ObjectNode delta = Json.object().put("type", "message_delta");
        ObjectNode how = delta.putObject("delta").putNull("container");
        end(how, answer);
        ObjectNode totals = delta.putObject("usage");
        totals.put("input_tokens", usage.plainInput());
        totals.put("cache_creation_input_tokens", usage.cacheWrite5m() + usage.cacheWrite1h());
        totals.put("cache_read_input_tokens", usage.cachedInput());
        totals.put("output_tokens", usage.output());
        totals.putNull("server_tool_use");
        frames.add(frame(delta));
        frames.add(frame(Json.object().put("type", "message_stop")));
        return frames;
    }

    private void block(Answer answer, List<String> frames) {
        ObjectNode start = Json.object().put("type", "content_block_start").put("index", 0);
        if (answer.calls()) {
            start.set("content_block", toolUse(answer, Json.object()));
        } else {
            start.putObject("content_block").put("type", "text").put("text", "").putNull("citations");
        }
        frames.add(frame(start));
        for (String piece : pieces(answer.text())) {
            ObjectNode delta = Json.object().put("type", "content_block_delta").put("index", 0);
            ObjectNode inner = delta.putObject("delta");
            if (answer.calls()) {
                inner.put("type", "input_json_delta").put("partial_json", piece);
            } else {
                inner.put("type", "text_delta").put("text", piece);
            }
            frames.add(frame(delta));
        }
        frames.add(frame(Json.object().put("type", "content_block_stop").put("index", 0)));
    }

    private static List<String> pieces(String text) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int space = text.indexOf(' ', start + 1);
            int end = space < 0 ? text.length() : space;
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }

    private static String frame(ObjectNode event) {
        return "event: " + event.path("type").stringValue() + "\ndata: " + Json.text(event);
    }
}
