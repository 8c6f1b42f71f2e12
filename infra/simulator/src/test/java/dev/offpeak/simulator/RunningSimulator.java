package dev.offpeak.simulator;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import dev.offpeak.simulator.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The simulator and everything that talks to it, shared by the tests of this package: the official clients
/// with response validation on and without retries, and a bare HTTP client.
final class RunningSimulator {
    private static final RunningSimulator SHARED = new RunningSimulator();

    private final Simulator simulator;
    private final HttpClient http = HttpClient.newHttpClient();
    private final OpenAIClient openAi;
    private final AnthropicClient anthropic;

    private RunningSimulator() {
        try {
            Path folder = Files.createTempDirectory("simulator");
            simulator = Simulator.start(0, folder);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        openAi = OpenAIOkHttpClient.builder()
                .baseUrl(simulator.openAiUrl())
                .apiKey("sk-test")
                .maxRetries(0)
                .responseValidation(true)
                .build();
        anthropic = AnthropicOkHttpClient.builder()
                .baseUrl(simulator.anthropicUrl())
                .apiKey("sk-test")
                .maxRetries(0)
                .responseValidation(true)
                .build();
    }

    /// The one of this JVM, as new.
    static RunningSimulator fresh() {
        SHARED.send("POST", "/_sim/reset", "");
        return SHARED;
    }

    OpenAIClient openAi() {
        return openAi;
    }

    AnthropicClient anthropic() {
        return anthropic;
    }

    void behave(String patch) {
        HttpResponse<String> answer = send("PUT", "/_sim/behaviour", patch);
        if (answer.statusCode() != 200) {
            throw new IllegalArgumentException(answer.body());
        }
    }

    void supply(String prompt, String answer, String finish) {
        ObjectNode row =
                Json.object().put("prompt", prompt).put("answer", answer).put("finish", finish);
        send("PUT", "/_sim/answers", Json.text(row));
    }

    JsonNode stats() {
        return json(send("GET", "/_sim/stats", "").body());
    }

    /// What the simulator knows of each batch, oldest first.
    List<JsonNode> batches() {
        return lines(send("GET", "/_sim/batches", "").body());
    }

    static List<JsonNode> lines(String ndjson) {
        return ndjson.lines()
                .filter(line -> !line.isBlank())
                .map(RunningSimulator::json)
                .toList();
    }

    int port() {
        return simulator.port();
    }

    long executions() {
        return stats().path("executions").path("total").asLong();
    }

    static JsonNode json(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    HttpResponse<String> send(String method, String path, String body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + simulator.port() + path))
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
