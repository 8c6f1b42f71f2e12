package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.offpeak.bench.Waiting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/// A Redis of the run's own that keeps nothing: after each start it is empty.
final class Redis implements AutoCloseable {

    private static final int ANSWER_MILLIS = 1_000;

    private final String program;
    private final Path log;
    private final int port;
    private @Nullable Process process;

    Redis(Path folder, Path log, int port) throws IOException {
        this.program = program(Files.createDirectories(folder.resolve("redis-binaries")));
        this.log = log;
        this.port = port;
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    void start() throws IOException {
        process = new ProcessBuilder(
                        program,
                        "--bind",
                        "127.0.0.1",
                        "--port",
                        Integer.toString(port),
                        "--save",
                        "",
                        "--appendonly",
                        "no",
                        "--maxmemory",
                        "64mb",
                        "--maxmemory-policy",
                        "volatile-lfu")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
        if (!Waiting.until(this::answers, Duration.ofSeconds(20), Duration.ofMillis(20))) {
            throw new IOException("Redis does not come up: see " + log);
        }
    }

    void kill() {
        var running = process;
        if (running != null) {
            try {
                running.destroyForcibly().waitFor(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public void close() {
        kill();
    }

    private static String program(Path binaries) throws IOException {
        var first = ExecutableProvider.newJarResourceProvider(binaries.toFile())
                .get()
                .toString();
        if (Program.works(List.of(first, "--version"))) {
            return first;
        }
        // The one for old x86 is linked statically, so it runs where the other misses OpenSSL 3.
        var linkedStatically = ExecutableProvider.newProvidedVersionsMap().get(OsArchitecture.UNIX_x86);
        return ExecutableProvider.newJarResourceProvider(
                        binaries::toFile, Map.of(OsArchitecture.detectOSandArchitecture(), linkedStatically))
                .get()
                .toString();
    }

    boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), ANSWER_MILLIS);
            socket.setSoTimeout(ANSWER_MILLIS);
            socket.getOutputStream().write("PING\r\nQUIT\r\n".getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII).contains("+PONG");
        } catch (IOException _) {
            return false;
        }
    }
}
