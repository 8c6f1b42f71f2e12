package dev.offpeak.worker;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Speaks OpenAI's batch protocol for one batch: it runs until somebody cancels it, and ends with the first lines
/// answered.
final class ScriptedBatches implements AutoCloseable {

    private static final Pattern CUSTOM_ID = Pattern.compile("\"custom_id\":\"([^\"]+)\"");
    private static final String NOTHING = "{\"object\":\"list\",\"data\":[],\"has_more\":false}";

    private final HttpServer server;
    private final int answered;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private volatile String status = "in_progress";
    final AtomicInteger cancels = new AtomicInteger();
    final AtomicInteger calls = new AtomicInteger();

    /// @param answered lines before the cancel is carried out
    ScriptedBatches(int answered) {
        this.answered = answered;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/files", this::files);
        server.createContext("/v1/batches", this::batches);
        server.createContext("/v1/chat/completions", exchange -> {
            calls.incrementAndGet();
            answer(exchange, 500, "{\"error\":{\"message\":\"nobody is to call\"}}");
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
    }

    URI baseUrl() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
    }

    private void files(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/content")) {
            answer(exchange, 200, output());
        } else if ("POST".equals(exchange.getRequestMethod())) {
            CUSTOM_ID
                    .matcher(new String(exchange.getRequestBody().readAllBytes(), UTF_8))
                    .results()
                    .forEach(found -> lines.add(found.group(1)));
            answer(exchange, 200, "{\"id\":\"file-in\",\"object\":\"file\"}");
        } else {
            answer(exchange, 200, path.endsWith("/files") ? NOTHING : "{\"id\":\"file-in\",\"deleted\":true}");
        }
    }

    private String output() {
        return lines.stream().limit(answered).map(id -> """
                        {"custom_id":"%s","response":{"status_code":200,"request_id":"r","body":\
                        {"id":"c","object":"chat.completion","created":0,"model":"gpt-4o-mini","choices":[{"index":0,\
                        "finish_reason":"stop","message":{"role":"assistant","content":"42"}}],\
                        "usage":{"prompt_tokens":3,"completion_tokens":1,"total_tokens":4}}},"error":null}
                        """.formatted(id)).collect(Collectors.joining());
    }

    private void batches(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/cancel")) {
            cancels.incrementAndGet();
            status = "cancelling";
            answer(exchange, 200, batch());
            status = "cancelled";
        } else if (path.endsWith("/batches") && "GET".equals(exchange.getRequestMethod())) {
            answer(exchange, 200, NOTHING);
        } else {
            answer(exchange, 200, batch());
        }
    }

    private String batch() {
        boolean ended = "cancelled".equals(status);
        return """
                {"id":"batch_1","object":"batch","endpoint":"/v1/chat/completions","status":"%s","created_at":1790000000,\
                "input_file_id":"file-in","completion_window":"24h","output_file_id":%s,\
                "request_counts":{"total":%d,"completed":%d,"failed":0}}""".formatted(status, ended ? "\"file-out\"" : "null", lines.size(), ended ? answered : 0);
    }

    private static void answer(HttpExchange exchange, int code, String body) throws IOException {
        exchange.getRequestBody().readAllBytes();
        byte[] bytes = body.getBytes(UTF_8);
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(code, bytes.length);
        try (var out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
