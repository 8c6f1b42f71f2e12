package dev.offpeak.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// Stands between a worker and the simulator for a while and writes down what the worker sends, one JSON
/// object a line: `{"method", "path", "query", "body"}`, or `"form"` and `"lines"` for an upload. Start the
/// worker with `OPENAI_BASE_URL` on this port, then hand the file to `openapi-check --requests` or
/// `openapi-requests`.
final class RequestRecorder implements Command {

    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "content-length", "host", "transfer-encoding", "upgrade", "expect", "http2-settings");

    private final Http http = new Http();
    private final URI target;
    private final int port;
    private final Path file;
    private final int seconds;
    private final int most;

    RequestRecorder(Arguments arguments) {
        this.target = arguments.loopback("target", "http://127.0.0.1:8090");
        this.port = arguments.whole("port", 8099, 1, 65_535);
        this.file = Path.of(arguments.text("out"));
        this.seconds = arguments.whole("seconds", 60, 1, 1_800);
        this.most = arguments.whole("most", 1_000, 1, 100_000);
    }

    @Override
    public Findings run() throws IOException {
        var recorded = new AtomicInteger();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 256);
        try (BufferedWriter lines = Files.newBufferedWriter(file);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.createContext("/", exchange -> {
                try (exchange) {
                    byte[] body = exchange.getRequestBody().readAllBytes();
                    if (recorded.get() < most && write(lines, exchange, body)) {
                        recorded.incrementAndGet();
                    }
                    pass(exchange, body);
                }
            });
            server.setExecutor(threads);
            server.start();
            Waiting.until(() -> recorded.get() >= most, Duration.ofSeconds(seconds), Duration.ofMillis(100));
            server.stop(1);
        }
        return new Findings(
                recorded.get() > 0,
                Json.object().put("recorded", recorded.get()).put("file", file.toString()));
    }

    private static boolean write(BufferedWriter lines, HttpExchange exchange, byte[] body) throws IOException {
        ObjectNode line = Json.object()
                .put("method", exchange.getRequestMethod())
                .put("path", exchange.getRequestURI().getPath());
        String query = exchange.getRequestURI().getRawQuery();
        if (query != null) {
            line.put("query", query);
        }
        ObjectNode form = RecordedForm.of(exchange.getRequestHeaders().getFirst("Content-Type"), body);
        try {
            if (form != null) {
                line.setAll(form);
            } else {
                line.set("body", body.length == 0 ? null : Json.parse(body));
            }
        } catch (JacksonException _) {
            return false; // nothing that the document speaks of
        }
        synchronized (lines) {
            lines.write(line.toString());
            lines.newLine();
            lines.flush();
        }
        return true;
    }

    private void pass(HttpExchange exchange, byte[] body) throws IOException {
        List<String> headers = new ArrayList<>();
        exchange.getRequestHeaders().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> headers.addAll(List.of(name, value)));
            }
        });
        URI uri = target.resolve(exchange.getRequestURI().toString());
        Reply reply = http.send(exchange.getRequestMethod(), uri, body.length == 0 ? null : body, headers);
        reply.headers().map().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
        exchange.getResponseBody().write(reply.body());
    }
}
