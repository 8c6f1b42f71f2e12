package dev.offpeak.simulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;

/// A simulator in a process of its own, which can be killed.
final class ForkedSimulator implements AutoCloseable {
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    ForkedSimulator(Path folder, String heap) throws IOException {
        port = freePort();
        var builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+ExitOnOutOfMemoryError",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.offpeak.simulator.SimulatorApplication");
        builder.environment().put("OFFPEAK_DATA_DIR", folder.toString());
        builder.environment().put("OFFPEAK_SIMULATOR_PORT", Integer.toString(port));
        builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("simulator.log").toFile()));
        process = builder.start();
        Awaitility.await().ignoreExceptions().until(() -> {
            if (!process.isAlive()) {
                throw new AssertionError("the simulator did not start");
            }
            return get("/_sim/health").equals("ok");
        });
    }

    String get(String path) {
        return send("GET", path, BodyPublishers.noBody()).body();
    }

    JsonNode json(String path) {
        return RunningSimulator.json(get(path));
    }

    List<JsonNode> lines(String path) {
        return RunningSimulator.lines(get(path));
    }

    HttpResponse<String> send(String method, String path, BodyPublisher body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .method(method, body)
                .header("Authorization", "Bearer k")
                .header("anthropic-version", "2023-06-01");
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    String created(HttpResponse<String> answer) {
        if (answer.statusCode() != 200) {
            throw new AssertionError(answer.statusCode() + " " + answer.body());
        }
        return RunningSimulator.json(answer.body()).path("id").stringValue();
    }

    boolean alive() {
        return process.isAlive();
    }

    /// As `kill -9` does.
    void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
        http.close();
    }

    private static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (var probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException _) {
                // taken; another one
            }
        }
    }
}
