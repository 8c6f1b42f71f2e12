package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Writes the events of a streamed response, numbered in order.
final class ResponseFrames {
    private final List<String> frames = new ArrayList<>();
    private int sequence;

    List<String> frames() {
        return frames;
    }

    void response(String type, ObjectNode response) {
        ObjectNode event = event(type);
        event.set("response", response);
        send(event);
    }

    void call(ObjectNode item) {
        ObjectNode empty = item.deepCopy().put("status", "in_progress").put("arguments", "");
        item("response.output_item.added", empty);
        String arguments = item.path("arguments").stringValue();
        for (String piece : Pieces.of(arguments)) {
            send(of("response.function_call_arguments.delta", item).put("delta", piece));
        }
        send(of("response.function_call_arguments.done", item)
                .put("name", item.path("name").stringValue())
                .put("arguments", arguments));
        item("response.output_item.done", item);
    }

    void message(ObjectNode item, boolean refusal, ObjectNode emptyPart, String words) {
        ObjectNode empty = item.deepCopy().put("status", "in_progress");
        empty.putArray("content");
        item("response.output_item.added", empty);
        part("response.content_part.added", item, emptyPart);
        String kind = refusal ? "response.refusal" : "response.output_text";
        for (String piece : Pieces.of(words)) {
            ObjectNode delta = of(kind + ".delta", item).put("content_index", 0).put("delta", piece);
            send(refusal ? delta : logprobs(delta));
        }
        ObjectNode done = of(kind + ".done", item).put("content_index", 0).put(refusal ? "refusal" : "text", words);
        send(refusal ? done : logprobs(done));
        part("response.content_part.done", item, (ObjectNode)
                item.path("content").path(0));
        item("response.output_item.done", item);
    }

    private void item(String type, ObjectNode item) {
        ObjectNode event = event(type).put("output_index", 0);
        event.set("item", item);
        send(event);
    }

    private void part(String type, ObjectNode item, ObjectNode part) {
        ObjectNode event = of(type, item).put("content_index", 0);
        event.set("part", part);
        send(event);
    }

    private ObjectNode of(String type, ObjectNode item) {
        return event(type).put("item_id", item.path("id").stringValue()).put("output_index", 0);
    }

    private ObjectNode event(String type) {
        return Json.object().put("type", type).put("sequence_number", sequence++);
    }

    private static ObjectNode logprobs(ObjectNode event) {
        event.putArray("logprobs");
        return event;
    }

    private void send(ObjectNode event) {
        frames.add("event: " + event.path("type").stringValue() + "\ndata: " + Json.text(event));
    }
}
