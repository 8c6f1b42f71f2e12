package dev.offpeak.worker.providers;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// Runs an adapter in a JVM whose heap is smaller than what it sends and reads.
public final class SmallHeap {

    private static final int LINES = 1_500;
    private static final int LINE = 100_000;

    private SmallHeap() {}

    /// @param main a class that calls [#work] with its adapter
    /// @param batch what the server answers to uploads and creates
    /// @param line a line of results with `%s` for its text
    public static void proves(Class<?> main, Path folder, String batch, String line) throws Exception {
        Path input = folder.resolve("input.jsonl");
        try (OutputStream out = Files.newOutputStream(input)) {
            byte[] block = "x".repeat(LINE).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < LINES; i++) {
                out.write(block);
            }
        }
        var received = new AtomicLong();
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.setExecutor(threads);
            server.createContext("/", exchange -> answer(exchange, received, batch, line));
            server.start();
            Process process = new ProcessBuilder(List.of(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx64m",
                            "-XX:+ExitOnOutOfMemoryError",
                            "-cp",
                            System.getProperty("java.class.path"),
                            main.getName(),
                            "http://127.0.0.1:" + server.getAddress().getPort(),
                            input.toString()))
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("out").toFile())
                    .start();
            assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
            assertThat(process.exitValue())
                    .as(Files.readString(folder.resolve("out")))
                    .isZero();
        } finally {
            server.stop(0);
        }
        assertThat(received.get()).isGreaterThanOrEqualTo((long) LINES * LINE);
    }

    private static <T> T done(BatchExchange<T> exchange) {
        return switch (exchange) {
            case BatchExchange.Done<T>(T value) -> value;
            case BatchExchange.Failed<T>(ProviderError error) -> throw new IllegalStateException(error.toString());
        };
    }

    private static void answer(HttpExchange exchange, AtomicLong received, String batch, String line)
            throws IOException {
        try (exchange) {
            var buffer = new byte[64 * 1024];
            for (int read = exchange.getRequestBody().read(buffer);
                    read >= 0;
                    read = exchange.getRequestBody().read(buffer)) {
                received.addAndGet(read);
            }
            if (exchange.getRequestMethod().equals("POST")) {
                byte[] body = batch.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            byte[] one = (line.formatted("y".repeat(LINE)) + "\n").getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < LINES; i++) {
                exchange.getResponseBody().write(one);
            }
        }
    }

    /// Sends the input and reads the results; to be called in the small JVM.
    public static void work(BatchProvider provider, Path file) throws InterruptedException {
        var input = new BatchInput(file, "input.jsonl", LINES);
        if (provider.capabilities().inputFiles()) {
            done(provider.upload(input));
        } else {
            done(provider.create(new BatchCreation(input, null, "/v1/messages", Map.of())));
        }
        var batch = new RemoteBatch(
                "b_1",
                RemoteBatch.Status.COMPLETED,
                "completed",
                LINES,
                LINES,
                0,
                Instant.EPOCH,
                null,
                null,
                null,
                "file-out",
                null,
                null,
                null,
                null,
                null,
                Map.of());
        int lines = done(provider.results(batch, _ -> {}));
        if (lines != LINES) {
            throw new IllegalStateException("It read " + lines + " lines");
        }
    }
}
