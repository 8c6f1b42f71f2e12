package dev.offpeak.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.simulator.json.Json;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Files and batches in OpenAI's wire format, without a client library.
final class OpenAiBatchWire {
    static final String CHAT = "/v1/chat/completions";

    private final RunningSimulator simulator;

    OpenAiBatchWire(RunningSimulator simulator) {
        this.simulator = simulator;
    }

    static String chat(String customId, String prompt) {
        return chat(customId, "gpt-4o-mini", prompt);
    }

    static String chat(String customId, String model, String prompt) {
        ObjectNode line =
                Json.object().put("custom_id", customId).put("method", "POST").put("url", CHAT);
        line.putObject("body")
                .put("model", model)
                .putArray("messages")
                .addObject()
                .put("role", "user")
                .put("content", prompt);
        return Json.text(line);
    }

    /// Lines `r0`, `r1`, … with prompts of their own.
    static String chats(int count) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            lines.add(chat("r" + i, "Describe product number " + i + "."));
        }
        return String.join("\n", lines) + "\n";
    }

    HttpResponse<String> send(String method, String path, String body) {
        return simulator.send(method, path, body, "Authorization", "Bearer k");
    }

    HttpResponse<String> upload(String name, String content) {
        String form = "--xyz\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                + "--xyz\r\nContent-Disposition: form-data; name=\"file\"" + name + "\r\n\r\n" + content
                + "\r\n--xyz--\r\n";
        return simulator.send(
                "POST",
                "/v1/files",
                form,
                "Authorization",
                "Bearer k",
                "Content-Type",
                "multipart/form-data; boundary=xyz");
    }

    String file(String content) {
        HttpResponse<String> answer = upload("; filename=\"in.jsonl\"", content);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).path("id").stringValue();
    }

    HttpResponse<String> create(String file) {
        return create(file, CHAT);
    }

    HttpResponse<String> create(String file, String endpoint) {
        ObjectNode body = Json.object()
                .put("input_file_id", file)
                .put("endpoint", endpoint)
                .put("completion_window", "24h");
        body.putObject("metadata").put("tag", "t1");
        return send("POST", "/v1/batches", Json.text(body));
    }

    String batch(String lines) {
        HttpResponse<String> answer = create(file(lines));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer).path("id").stringValue();
    }

    JsonNode get(String batch) {
        return json(send("GET", "/v1/batches/" + batch, ""));
    }

    JsonNode await(String batch, String status) {
        var last = new JsonNode[] {Json.object()};
        Awaitility.await().pollInterval(Duration.ofMillis(20)).untilAsserted(() -> {
            last[0] = get(batch);
            assertThat(last[0].path("status").asString("")).isEqualTo(status);
        });
        return last[0];
    }

    /// The lines of an output or error file, none where there is no file.
    List<JsonNode> content(JsonNode batch, String field) {
        String id = batch.path(field).asString("");
        return id.isEmpty() ? List.of() : RunningSimulator.lines(download(id));
    }

    String download(String file) {
        return send("GET", "/v1/files/" + file + "/content", "").body();
    }

    static JsonNode json(HttpResponse<String> answer) {
        return RunningSimulator.json(answer.body());
    }
}
