package dev.offpeak.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// One API, a simulator that takes its time, and two workers, each a process, on a database of the run's own.
final class OffpeakPair implements WorkerPair {

    private static final Duration LONGEST_START = Duration.ofSeconds(120);
    private static final Duration LONGEST_CANCEL = Duration.ofSeconds(60);
    private static final String KEY = "only-for-this-run-of-the-bench";

    private final OwnProcesses processes;
    private final JdbcHeldJobs jobs;
    private final Commands commands;
    private final Path folder;
    private final Map<String, String> environment;
    private final Prompts prompts;
    private final Http http = new Http();
    private final Offpeak offpeak;
    private final Simulator simulator;
    private final List<String> ofThisRound = new ArrayList<>();

    /// How each program is started.
    record Commands(String worker, String api, String simulator) {

        /// Takes `--worker-command`, `--api-command`, `--simulator-command`, else the jars of the checkout `--jars`.
        static Commands from(Arguments arguments) {
            Path root = Path.of(arguments.text("jars", "."));
            return new Commands(
                    arguments.text("worker-command", jar(root.resolve("worker-module/target/offpeak-worker.jar"))),
                    arguments.text("api-command", jar(root.resolve("api-module/target/offpeak-api.jar"))),
                    arguments.text(
                            "simulator-command", jar(root.resolve("infra/simulator/target/offpeak-simulator.jar"))));
        }

        private static String jar(Path jar) {
            Path java = Path.of(System.getProperty("java.home"), "bin", "java");
            return "'" + java + "' -Xmx512m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
                    + " -jar '" + jar + "'";
        }
    }

    OffpeakPair(
            OwnProcesses processes,
            JdbcRunDatabase database,
            JdbcHeldJobs jobs,
            Commands commands,
            String redis,
            Path folder,
            Prompts prompts) {
        this.processes = processes;
        this.jobs = jobs;
        this.commands = commands;
        this.folder = folder;
        this.prompts = prompts;
        int apiPort = freePort();
        int simulatorPort = freePort();
        this.offpeak = new Offpeak(http, loopback(apiPort), KEY);
        this.simulator = new Simulator(http, loopback(simulatorPort));
        environment = new HashMap<>(Map.of(
                "OFFPEAK_POSTGRES_URL", database.url(),
                "OFFPEAK_POSTGRES_USER", database.server().user(),
                "OFFPEAK_POSTGRES_PASSWORD", database.server().password(),
                "OFFPEAK_REDIS_URL", redis,
                "OFFPEAK_DATA_DIR", folder.toString(),
                "OFFPEAK_SECRET_KEY", KEY,
                "OFFPEAK_BOOTSTRAP_KEY", KEY,
                "OFFPEAK_PORT", Integer.toString(apiPort),
                "OFFPEAK_SIMULATOR_PORT", Integer.toString(simulatorPort)));
        // A few jobs need few connections, and stock JobRunr's servers stand on the same PostgreSQL.
        environment.put("SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "8");
        environment.putAll(Map.of(
                "OPENAI_API_KEY",
                "simulated",
                "OPENAI_BASE_URL",
                loopback(simulatorPort) + "/v1",
                "ANTHROPIC_API_KEY",
                "simulated",
                "ANTHROPIC_BASE_URL",
                loopback(simulatorPort) + "/anthropic"));
    }

    /// Starts all but the workers.
    ///
    /// @param latency of every call: longer than a round lasts, so that a killed worker has calls in flight
    void open(Duration latency) throws IOException {
        processes.start(commands.simulator(), folder.resolve("simulator.log"), environment);
        awaitReadiness(start(commands.api(), "api.log"), "the API");
        ObjectNode slow = Json.object().put("latency_ms", latency.toMillis());
        if (!Waiting.until(() -> took(slow), LONGEST_START, Duration.ofMillis(100))) {
            throw new IllegalStateException("the simulator does not answer, see " + folder);
        }
    }

    @Override
    public Process startWorker() throws IOException {
        Started worker = start(commands.worker(), "worker.log");
        awaitReadiness(worker, "a worker");
        return worker.process();
    }

    @Override
    public void submit(int number) {
        ofThisRound.add(offpeak.accept(prompts.job("classify", number)));
    }

    @Override
    public Map<String, Hold> heldBy(Process worker) {
        return jobs.heldBy(worker.pid());
    }

    @Override
    public Instant now() {
        return jobs.now();
    }

    @Override
    public Map<String, Instant> startedElsewhere(Collection<String> tasks, Process dead, Instant after) {
        return jobs.startedElsewhere(tasks, dead.pid(), after);
    }

    @Override
    public void endRound() {
        ofThisRound.forEach(
                job -> offpeak.send("POST", "/v1/jobs/" + job + "/cancel", null).expect(200, 409));
        ofThisRound.clear();
        if (!offpeak.awaitIdle(LONGEST_CANCEL)) {
            throw new IllegalStateException("cancelled jobs did not end");
        }
    }

    private record Started(Process process, URI health) {}

    private Started start(String command, String log) throws IOException {
        int management = freePort();
        var own = new HashMap<>(environment);
        own.put("OFFPEAK_MANAGEMENT_PORT", Integer.toString(management));
        own.put("OFFPEAK_DASHBOARD_PORT", Integer.toString(freePort()));
        return new Started(processes.start(command, folder.resolve(log), own), loopback(management));
    }

    private void awaitReadiness(Started started, String what) {
        boolean up = Waiting.until(
                () -> !started.process().isAlive() || isReady(started.health()), LONGEST_START, Duration.ofMillis(100));
        if (!up || !started.process().isAlive()) {
            throw new IllegalStateException(what + " did not start, see " + folder);
        }
    }

    private boolean isReady(URI management) {
        try {
            return http.send("GET", management.resolve("/actuator/health/readiness"), null, List.of())
                            .status()
                    == 200;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    private boolean took(ObjectNode behaviour) {
        try {
            simulator.behave(behaviour);
            return true;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    private static URI loopback(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
