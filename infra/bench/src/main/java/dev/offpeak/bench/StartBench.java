package dev.offpeak.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// From launching Offpeak to its first answered job: once on an empty data folder (cold), then on the same one (warm).
/// Ports, key and data folder are the bench's own, so that a running Offpeak is not disturbed.
final class StartBench implements Command {

    private static final Duration LONGEST_START = Duration.ofSeconds(180);
    private static final String KEY = "bench-start-key-of-more-than-24-characters";

    private final Http http = new Http();
    private final String command;
    private final int warmRounds;

    StartBench(Arguments arguments) {
        this.command = arguments.text("command");
        this.warmRounds = arguments.whole("warm-rounds", 3, 1, 20);
    }

    @Override
    public Findings run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("offpeak-bench-start");
        Path log = folder.resolve("offpeak.log");
        var figures = Json.object();
        var cold = start(folder, log, 0);
        figures.set("cold", cold);
        boolean passed = cold.path("answered").asBoolean();
        double slowest = 0;
        var warm = figures.putArray("warm");
        for (int round = 1; round <= warmRounds; round++) {
            ObjectNode one = start(folder, log, round);
            warm.add(one);
            passed &= one.path("answered").asBoolean();
            slowest = Math.max(slowest, one.path("first_answered_job_seconds").asDouble());
        }
        figures.put("slowest_warm_seconds", slowest)
                .put("goal_at_most_15_s", passed && slowest <= 15)
                .put("log", log.toString());
        return new Findings(passed, figures);
    }

    private ObjectNode start(Path folder, Path log, int round) throws IOException, InterruptedException {
        int port = freePort();
        var offpeak = new Offpeak(http, URI.create("http://127.0.0.1:" + port), KEY);
        long launched = System.nanoTime();
        Process process = Processes.start(
                command,
                log,
                Map.of(
                        "OFFPEAK_DATA_DIR", folder.resolve("data").toString(),
                        "OFFPEAK_BOOTSTRAP_KEY", KEY,
                        "OFFPEAK_PORT", Integer.toString(port),
                        "OFFPEAK_MANAGEMENT_PORT", Integer.toString(freePort()),
                        "OFFPEAK_DASHBOARD_PORT", Integer.toString(freePort()),
                        "OFFPEAK_SIMULATOR_PORT", Integer.toString(freePort())));
        try {
            boolean up =
                    Waiting.until(() -> !process.isAlive() || offpeak.answers(), LONGEST_START, Duration.ofMillis(20));
            double answersHttp = seconds(launched);
            boolean answered = up && process.isAlive() && answered(offpeak, round);
            return Json.object()
                    .put("answered", answered)
                    .put("first_http_answer_seconds", answersHttp)
                    .put("first_answered_job_seconds", seconds(launched));
        } finally {
            Processes.stop(process);
        }
    }

    private static boolean answered(Offpeak offpeak, int round) {
        ObjectNode job = Json.object().put("workflow", "classify").put("prompt", "Is it up? Round " + round);
        return Waiting.until(
                () -> {
                    try {
                        Reply reply = offpeak.submit(job, "Prefer", "wait=30");
                        return reply.status() == 200
                                && "succeeded"
                                        .equals(reply.json().path("status").asString());
                    } catch (UncheckedIOException _) {
                        return false;
                    }
                },
                Duration.ofSeconds(60),
                Duration.ofMillis(20));
    }

    private static double seconds(long since) {
        return Math.round((System.nanoTime() - since) / 1e6) / 1e3;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
