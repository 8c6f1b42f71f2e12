package dev.offpeak.bench.faults;

import dev.offpeak.bench.Http;
import dev.offpeak.bench.Json;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.Simulator;
import dev.offpeak.bench.UsageError;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// PostgreSQL, Redis, simulator, APIs and workers as processes of their own, from the built jars, on free ports of the
/// loopback. Everything lies in one temporary folder; closing ends all of it, whatever state it is in.
final class Cluster implements AutoCloseable {

    private static final String KEY = "only-for-this-fault-run-of-the-bench";

    /// A member that is away answers nobody: who asks asks again soon.
    private static final Duration LONGEST_EXCHANGE = Duration.ofSeconds(10);

    private final Http http = new Http(LONGEST_EXCHANGE);
    private final Path folder;
    private final Path logs;
    private final Ports ports = new Ports();
    private final Manner manner;
    private final History history;
    private final PrintStream err;
    private final Postgres postgres;
    private final Redis redis;
    private final URI simulatorUrl;
    private final Member simulator;
    private final Map<Member.Role, Path> jars = new EnumMap<>(Member.Role.class);
    private final Map<Member.Role, List<String>> learnt = new ConcurrentHashMap<>();
    private final List<Member> apis = new ArrayList<>();
    private final List<URI> apiUrls = new ArrayList<>();
    private final List<Member> workers = new ArrayList<>();

    /// @param root Offpeak's repository, with its jars built
    /// @param folder of this run's own
    Cluster(Path root, Path folder, int apiCount, int workerCount, Manner manner, History history, PrintStream err)
            throws IOException {
        this.folder = folder;
        this.logs = Files.createDirectories(folder.resolve("logs"));
        this.manner = manner;
        this.history = history;
        this.err = err;
        for (Member.Role role : Member.Role.values()) {
            jars.put(role, extracted(jar(root, role), folder.resolve("program-" + role.ordinal())));
        }
        this.postgres = Postgres.create(folder, logs.resolve("postgres.log"), ports.free());
        this.redis = new Redis(folder, logs.resolve("redis.log"), ports.free());
        int simulatorPort = ports.free();
        this.simulatorUrl = URI.create("http://127.0.0.1:" + simulatorPort);
        this.simulator = member(
                "simulator",
                Member.Role.SIMULATOR,
                Map.of("OFFPEAK_SIMULATOR_PORT", Integer.toString(simulatorPort)),
                simulatorUrl.resolve("/_sim/health"));
        for (int number = 1; number <= apiCount; number++) {
            int port = ports.free();
            apiUrls.add(URI.create("http://127.0.0.1:" + port));
            apis.add(offpeak("api-" + number, Member.Role.API, Map.of("OFFPEAK_PORT", Integer.toString(port))));
        }
        for (int number = 1; number <= workerCount; number++) {
            workers.add(offpeak("worker-" + number, Member.Role.WORKER, Map.of("OFFPEAK_DASHBOARD_ENABLED", "false")));
        }
    }

    /// @param armed environment by the member's name, for its first start
    void start(Map<String, Map<String, String>> armed) throws IOException, SQLException, InterruptedException {
        postgres.start();
        postgres.createDatabase();
        if (!manner.firstOnly()) {
            learn(workers.getFirst());
            learn(apis.getFirst());
        }
        redis.start();
        simulator.start(Map.of());
        members().forEach(member -> member.start(armed.getOrDefault(member.name(), Map.of())));
        for (Member member :
                Stream.concat(Stream.of(simulator), members().stream()).toList()) {
            if (!member.awaitReady()) {
                throw new IOException(member.name() + " does not get ready: see " + logs);
            }
        }
    }

    Postgres postgres() {
        return postgres;
    }

    Redis redis() {
        return redis;
    }

    Simulator simulator() {
        return simulator(http);
    }

    Simulator simulator(Http http) {
        return new Simulator(http, simulatorUrl);
    }

    /// Clients of each API, as one tenant.
    List<Offpeak> clients(String key) {
        return clients(key, http);
    }

    List<Offpeak> clients(String key, Http http) {
        return apiUrls.stream().map(url -> new Offpeak(http, url, key)).toList();
    }

    /// The key of the first tenant and those of further ones.
    List<String> tenantKeys(int count) {
        var keys = new ArrayList<>(List.of(KEY));
        Offpeak operator = clients(KEY).getFirst();
        for (int number = 2; number <= count; number++) {
            String tenant = operator.send("POST", "/v1/tenants", Json.object().put("name", "tenant " + number))
                    .expect(200, 201)
                    .path("id")
                    .asString();
            var request = Json.object().put("tenant", tenant);
            request.putArray("scopes").add("jobs").add("read").add("admin"); // who may write workflows
            keys.add(operator.send("POST", "/v1/api-keys", request)
                    .expect(200, 201)
                    .path("key")
                    .asString());
        }
        return keys;
    }

    /// All that faults befall, APIs first.
    List<Member> members() {
        return Stream.concat(apis.stream(), workers.stream()).toList();
    }

    List<Member> apis() {
        return List.copyOf(apis);
    }

    List<Member> workers() {
        return List.copyOf(workers);
    }

    Path logs() {
        return logs;
    }

    @Override
    public void close() {
        var ends = new ArrayList<Runnable>();
        members().forEach(member -> ends.add(member::end));
        ends.addAll(List.of(simulator::end, redis::close, postgres::close));
        for (Runnable end : ends) {
            try {
                end.run();
            } catch (RuntimeException e) { // the others are to end all the same
                err.println("something could not be ended: " + e);
            }
        }
    }

    private Member offpeak(String name, Member.Role role, Map<String, String> own) {
        int management = ports.free();
        var environment = new HashMap<>(Map.ofEntries(
                Map.entry("OFFPEAK_POSTGRES_URL", postgres.url()),
                Map.entry("OFFPEAK_REDIS_URL", redis.url()),
                Map.entry("OFFPEAK_SECRET_KEY", KEY),
                Map.entry("OFFPEAK_BOOTSTRAP_KEY", KEY),
                Map.entry("OPENAI_API_KEY", "simulated"),
                Map.entry("OPENAI_BASE_URL", simulatorUrl + "/v1"),
                Map.entry("ANTHROPIC_API_KEY", "simulated"),
                Map.entry("ANTHROPIC_BASE_URL", simulatorUrl + "/anthropic"),
                Map.entry("OFFPEAK_WEBHOOK_ALLOW_CIDRS", "127.0.0.0/8,::1/128"),
                Map.entry("OFFPEAK_MANAGEMENT_PORT", Integer.toString(management))));
        environment.putAll(manner.environment());
        environment.putAll(own);
        return member(
                name, role, environment, URI.create("http://127.0.0.1:" + management + "/actuator/health/readiness"));
    }

    private Member member(String name, Member.Role role, Map<String, String> own, URI health) {
        var environment = new HashMap<>(own);
        environment.put("OFFPEAK_DATA_DIR", folder.resolve(name).toString());
        return new Member(
                name, role, () -> command(role), environment, logs.resolve(name + ".log"), health, http, history);
    }

    private static Path jar(Path root, Member.Role role) {
        Path jar = root.resolve(
                switch (role) {
                    case API -> "api-module/target/offpeak-api.jar";
                    case WORKER -> "worker-module/target/offpeak-worker.jar";
                    case SIMULATOR -> "infra/simulator/target/offpeak-simulator.jar";
                });
        if (!Files.exists(jar)) {
            throw new UsageError(jar + " is not there: build first (./mvnw -q package -DskipTests)");
        }
        return jar;
    }

    /// Takes a jar apart, which then starts in less time.
    private static Path extracted(Path jar, Path folder) throws IOException {
        var done = Program.run(List.of(
                java(), "-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination", folder.toString()));
        if (done.exitCode() != 0) {
            throw new IOException(jar + " cannot be taken apart: " + done.output());
        }
        return folder.resolve(jar.getFileName());
    }

    /// Starts a member once up to its first breath, to keep what the JVM has learned: later starts cost a third.
    private void learn(Member member) throws IOException, InterruptedException {
        Path jar = Objects.requireNonNull(jars.get(member.role()));
        Path learned = jar.resolveSibling("learned.aot");
        member.rehearse(command(jar, List.of("-XX:AOTCacheOutput=" + learned, "-Dspring.context.exit=onRefresh")));
        if (Files.exists(learned)) {
            learnt.put(member.role(), List.of("-XX:AOTCache=" + learned));
        }
    }

    private List<String> command(Member.Role role) {
        return command(Objects.requireNonNull(jars.get(role)), learnt.getOrDefault(role, List.of()));
    }

    private List<String> command(Path jar, List<String> more) {
        var command = new ArrayList<>(List.of(java()));
        command.addAll(manner.jvm());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
        command.addAll(more);
        command.addAll(List.of("-jar", jar.toString()));
        return command;
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }
}
