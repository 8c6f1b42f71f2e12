package dev.offpeak.bench.faults;

import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toSet;

import dev.offpeak.bench.Arguments;
import dev.offpeak.bench.Command;
import dev.offpeak.bench.Findings;
import dev.offpeak.bench.Json;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.UsageError;
import dev.offpeak.bench.Waiting;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Breaks a cluster of real processes in every way that is known, while clients submit, and has the checker say what
/// came of it.
public final class FaultRun implements Command {

    private static final int TENANTS = 3;
    private static final Duration UPLOAD_EVERY = Duration.ofSeconds(4);
    private static final int MANY_LINES_EVERY = 9;
    /// How long batches take that nothing holds up.
    private static final int QUICK_SECONDS = 4;

    private static final Duration CALM = Duration.ofSeconds(10);

    /// What the very first jobs take longer is no measure.
    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration LONGEST_RECOVERY = Duration.ofSeconds(120);
    private static final int SHOWN = 20;
    private static final double GOAL_SECONDS = 30;

    /// Of a run with all scenarios as they are by default.
    private static final int LEAST_KILLS = 100;
    private static final int SECRET_BYTES = 32;

    private final Clock clock;
    private final PrintStream err;
    private final Plan plan;
    private final Path root;
    private final @Nullable String out;
    private final boolean shortForm;
    private final boolean keep;
    private final boolean allowSkips;
    private final boolean whole;
    private final Duration drain;
    private boolean brokenOff;
    private boolean skipped;
    private volatile @Nullable Cluster cluster; // the hook's thread reads it

    /// @param err where it says what it is at: an hour of silence tells nothing
    public FaultRun(Arguments arguments, Clock clock, PrintStream err) {
        this.clock = clock;
        this.err = err;
        this.shortForm = arguments.yes("short", false);
        this.keep = arguments.yes("keep", false);
        this.allowSkips = arguments.yes("allow-skips", false);
        this.root = Path.of(arguments.text("root", System.getProperty("offpeak.root", ".")))
                .toAbsolutePath()
                .normalize();
        this.out = arguments.find("out");
        int seed = arguments.whole("seed", new SecureRandom().nextInt(1, 1_000_000), 0, Integer.MAX_VALUE);
        String chosen = arguments.text("scenarios", "all");
        List<String> scenarios =
                new ArrayList<>(chosen.equals("all") ? Scenario.names() : Arrays.asList(chosen.split(",", -1)));
        if (!Scenario.names().containsAll(scenarios)) {
            throw new UsageError("--scenarios is all, or some of " + String.join(",", Scenario.names()));
        }
        var asGiven = new Plan(
                seed,
                arguments.whole("jobs", shortForm ? 200 : 10_000, 1, 1_000_000),
                arguments.whole("rate", shortForm ? 10 : 20, 1, 500),
                shortForm ? 1 : 2,
                arguments.whole("workers", shortForm ? 2 : 3, 2, 8),
                scenarios,
                Failpoint.all(root),
                arguments.whole("failpoint-rounds", 3, 1, 100),
                arguments.whole("storm-kills", 60, 0, 10_000));
        if (!shortForm && scenarios.contains(Scenario.TWO_REAPERS) && asGiven.workers() < 3) {
            throw new UsageError(Scenario.TWO_REAPERS + " needs --workers 3: two that lead and one that dies");
        }
        this.whole = !shortForm && chosen.equals("all") && asGiven.stormKills() >= 60 && asGiven.failpointRounds() >= 3;
        if (chosen.equals("all")) {
            Collections.shuffle(scenarios, asGiven.random("order"));
        }
        this.plan = asGiven;
        this.drain = Duration.ofSeconds(arguments.whole("drain-seconds", shortForm ? 90 : 900, 10, 3600));
    }

    @Override
    public Findings run() throws Exception {
        say(plan.toString() + (shortForm ? ", short form" : ""));
        Path folder = Files.createTempDirectory("offpeak-faults");
        var hook = new Thread(() -> end(folder, keep), "end of the fault run");
        Runtime.getRuntime().addShutdownHook(hook);
        boolean passed = false;
        try (var history = new History(clock, folder.resolve("history.ndjson"))) {
            say("works in " + folder);
            history.add("plan", Map.of("plan", plan));
            Manner manner = shortForm ? Manner.shortest() : Manner.quick();
            var made = new Cluster(root, folder, plan.apis(), plan.workers(), manner, history, err);
            cluster = made;
            Findings findings = run(made, history, folder);
            passed = findings.passed();
            if (out != null) {
                Files.writeString(Path.of(out), Json.pretty(findings.figures()) + "\n");
            }
            return findings;
        } finally {
            if (!isEnding(hook)) {
                end(folder, keep || !passed);
            }
        }
    }

    /// Whether the hook does what is left to do, since the program was told to end.
    private static boolean isEnding(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException _) {
            return true;
        }
    }

    private Findings run(Cluster cluster, History history, Path folder) throws Exception {
        var figures = Json.object().put("seed", plan.seed()).put("plan", plan.toString());
        var secrets = new ArrayList<byte[]>();
        for (int tenant = 0; tenant < TENANTS; tenant++) {
            var secret = new byte[SECRET_BYTES];
            plan.random("secret " + tenant).nextBytes(secret);
            secrets.add(secret);
        }
        Instant begin = clock.instant();
        cluster.start(shortForm ? ShortForm.armed(plan) : Map.of());
        say("the cluster is ready after " + seconds(begin, clock.instant()) + " s");
        cluster.simulator()
                .behave(Json.object()
                        .put("seed", plan.seed())
                        .put("latency_ms", 100)
                        .put("latency_jitter_ms", 300)
                        .put("error_rate", 0.03)
                        .put("malformed_rate", 0.02)
                        .put("hang_rate", 0.001));
        var conduct = new BatchConduct(
                batch -> cluster.simulator().behaveInBatches(batch), history, shortForm ? 1 : QUICK_SECONDS);
        if (!conduct.usual()) {
            throw new IllegalStateException("the simulator does not take how batches are to fare");
        }
        ObjectNode scenarios = figures.putObject("scenarios");
        var observed = new TreeMap<String, Observed>();
        Observed calm;
        List<List<Offpeak>> clients =
                cluster.tenantKeys(TENANTS).stream().map(cluster::clients).toList();
        try (var receiver = new Receiver(history, secrets);
                var load = new Load(plan.seed(), plan.rate(), clients, receiver, cluster.simulator(), history);
                var uploads = new Uploads(
                        plan.seed(),
                        UPLOAD_EVERY,
                        shortForm ? Integer.MAX_VALUE : MANY_LINES_EVERY,
                        clients,
                        receiver,
                        cluster.simulator(),
                        history,
                        folder)) {
            uploads.prepare();
            uploads.start();
            load.start();
            Stage stage = stage(cluster, history, conduct, "load");
            Thread tide = BatchFaults.tide(stage);
            Instant loadBegins = clock.instant();
            calm = new Observed(loadBegins, loadBegins);
            if (shortForm) {
                ShortForm.play(stage);
                say("all faults have befallen after " + seconds(loadBegins, clock.instant()) + " s of load");
            } else {
                tide.start();
                stage.pause(CALM);
                calm = new Observed(loadBegins.plus(WARM_UP), clock.instant());
                for (String name : plan.scenarios()) {
                    play(Scenario.named(name), stage(cluster, history, conduct, name), scenarios, observed);
                }
            }
            Waiting.until(
                    () -> load.submitted() >= plan.jobs(),
                    Duration.ofSeconds(2L * plan.jobs()),
                    Duration.ofMillis(100));
            tide.interrupt();
            boolean answered = uploads.finish() & load.finish();
            boolean drained = stage.drain(drain);
            if (shortForm) {
                stage.restore(); // whoever came last may still have been on the way up
            }
            uploads.readResults();
            say("submitted " + load.submitted() + ", all clients answered: " + answered + ", all work done: "
                    + drained);
            figures.put("jobs_submitted", load.submitted())
                    .put("jobs_acknowledged", load.acknowledged())
                    .put("uploads_acknowledged", uploads.acknowledged())
                    .put("clients_answered", answered)
                    .put("drained", drained)
                    .put("seconds", seconds(begin, clock.instant()));
        }
        Evidence evidence;
        try (var connection = cluster.postgres().connect()) {
            evidence = Testimony.of(history.file(), connection, cluster.simulator());
        }
        recoveries(figures, scenarios, calm, observed, evidence);
        return report(figures, evidence, history, folder);
    }

    /// What nobody disturbed.
    private record Observed(Instant from, Instant to) {}

    private void play(Scenario scenario, Stage stage, ObjectNode report, Map<String, Observed> observed)
            throws Exception {
        ObjectNode its = report.putObject(scenario.wire());
        String impossible = scenario.impossible();
        if (impossible != null) {
            say(scenario.wire() + " skipped: " + impossible);
            its.put("skipped", impossible);
            skipped = true;
            return;
        }
        Instant begin = stage.history().add("scenario", Map.of("name", scenario.wire()));
        trying(scenario, its, () -> scenario.on(stage));
        trying(scenario, its, stage::restore); // also after a scenario that broke off
        Instant end = stage.history().add("scenario over", Map.of("name", scenario.wire()));
        boolean settled = stage.settle(LONGEST_RECOVERY);
        stage.pause(CALM);
        Instant lastFault = lastFault(History.read(stage.history().file()), begin);
        observed.put(scenario.wire(), new Observed(lastFault, clock.instant()));
        say(scenario.wire() + " played for " + seconds(begin, end) + " s, backlog gone: " + settled);
        its.put("seconds", seconds(begin, end)).put("settled", settled);
        ObjectNode evidence = its.putObject("evidence");
        History.read(stage.history().file()).stream()
                .filter(line -> line.path("what").asString("").equals("evidence"))
                .filter(line -> Instant.parse(line.path("at").asString()).isAfter(begin))
                .forEach(line -> evidence.put(
                        line.path("of").asString(), line.path("number").asString()));
    }

    private void trying(Scenario scenario, ObjectNode its, Stage.Body body) throws Exception {
        try {
            body.run();
        } catch (SQLException | IOException | IllegalStateException | UncheckedIOException e) {
            say(scenario.wire() + " broke off: " + e); // the others are played all the same
            its.put("broke_off", e.toString());
            brokenOff = true;
        }
    }

    private void recoveries(
            ObjectNode figures,
            ObjectNode scenarios,
            Observed calm,
            Map<String, Observed> observed,
            Evidence evidence) {
        var recovery = Recovery.of(evidence, plan.rate());
        put(figures, "calm_seconds_to_the_end_p95", recovery.calm(calm.from(), calm.to()));
        boolean soon = true;
        double longest = 0;
        for (Map.Entry<String, Observed> one : observed.entrySet()) {
            OptionalDouble back =
                    recovery.back(one.getValue().from(), one.getValue().to());
            var its = (ObjectNode) scenarios.path(one.getKey());
            put(its, "throughput_back_seconds", back);
            put(
                    its,
                    "backlog_drained_seconds",
                    recovery.backlogDrained(one.getValue().from()));
            soon &= back.orElse(Double.MAX_VALUE) <= GOAL_SECONDS;
            longest = Math.max(longest, back.orElse(0));
        }
        put(
                figures,
                "longest_throughput_back_seconds",
                observed.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(longest));
        figures.put("goal_throughput_back_within_30_s", soon && !observed.isEmpty());
    }

    private static void put(ObjectNode figures, String name, OptionalDouble value) {
        value.ifPresentOrElse(present -> figures.put(name, present), () -> figures.putNull(name));
    }

    /// When the last thing was done that may need recovering from.
    private static Instant lastFault(List<JsonNode> lines, Instant begin) {
        return lines.stream()
                .filter(line ->
                        Set.of("end", "ended").contains(line.path("what").asString("")))
                .map(line -> Instant.parse(line.path("at").asString()))
                .filter(at -> at.isAfter(begin))
                .max(Comparator.naturalOrder())
                .orElse(begin);
    }

    private Findings report(ObjectNode figures, Evidence evidence, History history, Path folder) throws IOException {
        List<JsonNode> lines = History.read(history.file());
        figures.put(
                "kills",
                evidence.ends().stream()
                        .filter(end -> end.exit() == Member.KILLED)
                        .count());
        ObjectNode points = figures.putObject("failpoints");
        count(lines, "reached", "failpoint").forEach(points::put);
        ObjectNode statuses = figures.putObject("jobs");
        evidence.jobs().stream()
                .collect(groupingBy(Evidence.Job::status, TreeMap::new, counting()))
                .forEach(statuses::put);
        ObjectNode calls = figures.putObject("calls");
        evidence.calls().stream()
                .collect(groupingBy(Evidence.Call::status, TreeMap::new, counting()))
                .forEach(calls::put);
        figures.put("executions", evidence.executions().size())
                .put("ledger_rows", evidence.entries().size())
                .put("webhook_messages", evidence.messages().size())
                .put("webhook_arrivals", evidence.arrivals().size());
        batches(figures.putObject("batches").put("lines_told", linesTold(evidence)), evidence.batches());
        Checker.Verdict verdict = Checker.check(evidence);
        figures.put("lost", verdict.count(Violation.Word.LOST))
                .put("duplicated", verdict.count(Violation.Word.DUPLICATED))
                .put("unexpected", verdict.count(Violation.Word.UNEXPECTED))
                .put("recovered", verdict.recovered())
                .put("repeats", verdict.repeats())
                .put("calls_in_flight_at_faults", verdict.inFlightAtFaults())
                .put("answers_broken_by_the_provider", verdict.brokenAnswers());
        ObjectNode rules = figures.putObject("violations_by_rule");
        verdict.violations().stream()
                .collect(groupingBy(Violation::rule, TreeMap::new, collectingAndThen(counting(), Long::longValue)))
                .forEach(rules::put);
        var first = figures.putArray("first_violations");
        verdict.violations().stream()
                .limit(SHOWN)
                .forEach(each -> first.add(
                        each.word().name().toLowerCase(Locale.ROOT) + ": " + each.rule() + ": " + each.subject()));
        ObjectNode demands = figures.putObject("demands");
        demands.put("nothing_violated", verdict.violations().isEmpty())
                .put("every_client_answered", figures.path("clients_answered").asBoolean())
                .put("as_many_jobs_acknowledged_as_planned", acknowledged(figures) >= plan.jobs())
                .put("all_work_done", figures.path("drained").asBoolean())
                .put("no_scenario_broke_off", !brokenOff)
                .put(
                        "ends_of_single_lines_were_told",
                        figures.path("batches").path("lines_told").asLong() > 0)
                .put("every_failpoint_reached", failpointsReached(points));
        if (!shortForm) {
            demands.put("no_scenario_skipped", !skipped || allowSkips)
                    .put(
                            "throughput_back_within_30_s",
                            figures.path("goal_throughput_back_within_30_s").asBoolean());
        }
        if (whole) {
            demands.put("at_least_100_kills", figures.path("kills").asLong() >= LEAST_KILLS);
        }
        boolean passed = demands.properties().stream()
                .allMatch(demand -> demand.getValue().asBoolean());
        if (!passed) {
            figures.put("kept", folder.toString());
        }
        return new Findings(passed, figures);
    }

    private static void batches(ObjectNode figures, BatchEvidence evidence) {
        figures.put("uploads", evidence.uploads().size())
                .put("bulks", evidence.bulks().size())
                .put(
                        "provider_batches_created",
                        evidence.providerBatches().stream()
                                .filter(batch -> batch.remoteId() != null)
                                .count())
                .put("batches_at_the_simulator", evidence.remotes().size())
                .put("twins", evidence.twins().size())
                .put("lines_run", evidence.ran().size())
                .put("line_bills", evidence.bills().size())
                .put(
                        "declared_overlaps",
                        evidence.bills().stream()
                                .filter(BatchEvidence.Bill::overlap)
                                .count());
        ObjectNode lines = figures.putObject("lines");
        evidence.lines().stream()
                .collect(groupingBy(BatchEvidence.Line::state, TreeMap::new, counting()))
                .forEach(lines::put);
        ObjectNode ends = figures.putObject("provider_batches_ended_as");
        evidence.providerBatches().stream()
                .collect(groupingBy(
                        batch -> batch.endedAs() == null ? batch.state() : batch.endedAs(), TreeMap::new, counting()))
                .forEach(ends::put);
    }

    /// Lines of uploads that asked for a message of each, and got one.
    private static long linesTold(Evidence evidence) {
        Set<String> asked = evidence.submissions().stream()
                .filter(one -> one.webhook() && !one.upload().isEmpty())
                .map(Evidence.Submission::key)
                .collect(toSet());
        Set<String> told =
                evidence.messages().stream().map(Evidence.Message::job).collect(toSet());
        return evidence.jobs().stream()
                .filter(job -> job.key() != null && asked.contains(job.key()) && told.contains(job.id()))
                .count();
    }

    private static int acknowledged(ObjectNode figures) {
        return figures.path("jobs_acknowledged").asInt();
    }

    private boolean failpointsReached(ObjectNode points) {
        return !plan.scenarios().contains(Scenario.FAILPOINTS)
                || shortForm
                || plan.failpoints().stream()
                        .filter(point -> !point.provoked() || plan.scenarios().contains(Scenario.STOPPED_IN_CREATE))
                        .allMatch(point -> points.path(point.wire()).asInt() >= plan.failpointRounds());
    }

    private static Map<String, Long> count(List<JsonNode> lines, String what, String by) {
        return lines.stream()
                .filter(line -> what.equals(line.path("what").asString()))
                .collect(groupingBy(line -> line.path(by).asString(), TreeMap::new, counting()));
    }

    private Stage stage(Cluster cluster, History history, BatchConduct conduct, String name) {
        return new Stage(cluster, history, conduct, plan.random(name), plan);
    }

    private static double seconds(Instant from, Instant to) {
        return Duration.between(from, to).toMillis() / 1000.0;
    }

    private void say(String text) {
        err.println(clock.instant() + " fault-run: " + text);
    }

    /// @param keep logs and history, for who has to find out
    private void end(Path folder, boolean keep) {
        var made = cluster;
        if (made != null) {
            made.close();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .filter(file -> !keep || !isOfUse(folder, file))
                    .forEach(FaultRun::delete);
        } catch (IOException | UncheckedIOException _) {
            // what cannot be seen stays in the system's temporary folder
        }
    }

    private static boolean isOfUse(Path folder, Path file) {
        return file.equals(folder) || file.startsWith(folder.resolve("logs")) || file.endsWith("history.ndjson");
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException _) {
            // this one stays in the system's temporary folder, the others go
        }
    }
}
