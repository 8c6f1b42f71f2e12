package dev.offpeak.bench;

import dev.offpeak.bench.faults.OwnCluster;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Bulk work in small heaps: how long it takes to take lines in, how long to reconcile what the provider answered, how
/// soon interactive jobs start meanwhile, and what the heaps hold afterwards. API and worker are processes of their
/// own.
final class BulkBench implements Command {

    private static final String BULK = "bench-bulk";
    private static final String INTERACTIVE = "bench-interactive";
    private static final int LINE_BYTES = 1_200;
    private static final double GOAL_SECONDS = 30;
    private static final double GOAL_PICKUP_MILLIS = 250;

    /// Of fewer a 99th percentile says nothing.
    private static final int FEWEST_PICKUPS = 50;

    private final Clock clock;
    private final PrintStream err;
    private final Site.Asked asked;
    private final Prompts prompts;
    private final String run;
    private final AtomicInteger numbers = new AtomicInteger(10_000_000);
    private final int intakeLines;
    private final int reconcileLines;
    private final int rate;
    private final int secondsToComplete;
    private final int heap;
    private final String model;
    private final Duration patience;
    private final int seed;
    private final @Nullable String out;

    BulkBench(Arguments arguments, Clock clock, PrintStream err) {
        this.clock = clock;
        this.err = err;
        this.asked = Site.Asked.from(arguments, true);
        this.heap = asked.heapMebibytes();
        this.prompts = Runs.prompts("bulk", arguments, clock);
        this.run = Long.toString(clock.millis(), Character.MAX_RADIX);
        this.seed = Runs.seed(arguments);
        this.intakeLines = arguments.whole("intake-lines", 100_000, 0, 1_000_000);
        this.reconcileLines = arguments.whole("reconcile-lines", 50_000, 0, 1_000_000);
        this.rate = arguments.whole("interactive-rate", 20, 1, 200);
        this.secondsToComplete = arguments.whole("seconds-to-complete", 60, 0, 3_600);
        this.model = arguments.text("model", "gpt-4o-mini");
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 1_200, 30, 7_200));
        this.out = arguments.find("out");
    }

    @Override
    public Findings run() throws Exception {
        // What is measured is how fast lines settle, not how long an account of the lowest tier waits for its quota.
        String tokens = Json.object()
                .put("offpeak.lanes.batch.enqueued-tokens." + model, 10_000_000_000L)
                .toString();
        try (Site site = asked.open(Map.of("SPRING_APPLICATION_JSON", tokens), clock, err)) {
            OwnCluster cluster = site.own();
            if (cluster == null) {
                throw new IllegalStateException("this command starts its own cluster");
            }
            Findings findings = run(site, cluster);
            if (out != null) {
                Files.writeString(Path.of(out), Json.pretty(findings.figures()) + "\n");
            }
            return findings;
        }
    }

    private Findings run(Site site, OwnCluster cluster) throws IOException, InterruptedException {
        Offpeak offpeak = site.offpeak();
        Simulator simulator = site.simulator();
        var bulks = new Bulks(offpeak, clock, err, "bulk");
        offpeak.putWorkflow(BULK, Bulks.workflow("openai", model, 300, "PT24H"));
        offpeak.putWorkflow(
                INTERACTIVE, Bulks.workflow("openai", model, 300, "PT1H").put("lane", "direct"));
        simulator.behave(Json.object().put("seed", seed).put("latency_ms", 50));
        simulator.behaveInBatches(Json.object().put("seconds_to_complete", secondsToComplete));
        ObjectNode figures = Json.object().put("heap_mb", heap).put("line_bytes", LINE_BYTES);
        var demands = new Demands();
        ObjectNode goals = Json.object();
        try (var warmUp = interactive(offpeak)) {
            bulks.say("warming up");
            Waiting.untilNanos(System.nanoTime() + Duration.ofSeconds(15).toNanos());
            InteractiveJobs.Outcome alone = warmUp.end();
            alone.judge(demands);
            figures.set("pickup_before", alone.summary());
        }
        ObjectNode before = heaps(cluster);
        if (intakeLines > 0) {
            intake(offpeak, bulks, figures.putObject("intake"), goals, demands);
        }
        if (reconcileLines > 0) {
            reconcile(offpeak, cluster, bulks, figures.putObject("reconcile"), goals, demands);
        }
        figures.set("processes_before", before);
        figures.set("processes_after", heaps(cluster));
        demands.that(
                "both_processes_live",
                Files.exists(Path.of("/proc", Long.toString(cluster.apiPid())))
                        && cluster.workerPids().stream()
                                .allMatch(pid -> Files.exists(Path.of("/proc", Long.toString(pid)))));
        figures.set("goals", goals);
        figures.set("demands", demands.json());
        return new Findings(demands.hold(), figures);
    }

    private ObjectNode line(int number) {
        String prompt = prompts.prompt(number);
        // About as long as asked, custom id and punctuation included.
        return Json.object()
                .put("prompt", prompt + " " + "x ".repeat(Math.max(0, (LINE_BYTES - prompt.length() - 70) / 2)));
    }

    private void intake(Offpeak offpeak, Bulks bulks, ObjectNode figures, ObjectNode goals, Demands demands)
            throws IOException {
        try (var file = LineFile.write("in-" + run, intakeLines, this::line);
                var interactive = interactive(offpeak)) {
            Instant from = clock.instant();
            long start = System.nanoTime();
            String id = bulks.upload(BULK, file, "");
            double seconds = seconds(start);
            figures.put("lines", intakeLines)
                    .put("bytes", file.bytes())
                    .put("seconds", seconds)
                    .put("lines_per_second", Math.round(intakeLines / seconds));
            var spans = new Spans().add(from, clock.instant());
            goals.put("intake_within_30_s", seconds <= GOAL_SECONDS);
            pickup("intake", interactive.end(), spans, figures, goals, demands);
            start = System.nanoTime();
            offpeak.send("POST", "/v1/batches/" + id + "/cancel", null).expect(200, 202);
            demands.that("a_cancelled_bulk_is_over", bulks.awaitOver(List.of(id), patience));
            figures.put("cancelled_within_seconds", seconds(start));
            demands.that("cancelled_provider_batches_are_reconciled", bulks.awaitReconciled(patience));
            results(offpeak, id, "in-" + run, intakeLines, figures, demands);
        }
    }

    private void reconcile(
            Offpeak offpeak, OwnCluster cluster, Bulks bulks, ObjectNode figures, ObjectNode goals, Demands demands)
            throws IOException {
        String name = "rec-" + run;
        String id;
        Instant from = clock.instant();
        InteractiveJobs.Outcome beside;
        try (var file = LineFile.write(name, reconcileLines, number -> line(intakeLines + number));
                var interactive = interactive(offpeak)) {
            long start = System.nanoTime();
            id = bulks.upload(BULK, file, "");
            demands.that("the_bulk_is_over", bulks.awaitOver(List.of(id), patience))
                    .that("its_provider_batches_are_reconciled", bulks.awaitReconciled(patience));
            figures.put("lines", reconcileLines).put("seconds_from_upload_to_end", seconds(start));
            beside = interactive.end();
        }
        var spans = new Spans();
        long lines = 0;
        List<List<@Nullable String>> rows = cluster.rows("""
                SELECT lines, extract(epoch FROM ended_at), extract(epoch FROM finished_at)
                  FROM provider_batch
                 WHERE state = 'reconciled' AND ended_as = 'completed' AND ended_at IS NOT NULL
                   AND created_at >= to_timestamp(%d)
                """.formatted(from.getEpochSecond()));
        for (List<@Nullable String> row : rows) {
            lines += Long.parseLong(String.valueOf(row.get(0)));
            spans.add(moment(row.get(1)), moment(row.get(2)));
        }
        pickup("reconciling", beside, spans, figures, goals, demands);
        double busy = spans.busy().toMillis() / 1000.0;
        double of50000 = lines == 0 ? Double.MAX_VALUE : busy * 50_000 / lines;
        figures.put("provider_batches", rows.size())
                .put("lines_reconciled", lines)
                .put("seconds_reconciling", Math.round(busy * 10) / 10.0)
                .put("seconds_for_50000_lines", Math.round(of50000 * 10) / 10.0);
        demands.that("all_lines_were_reconciled_as_completed", lines >= reconcileLines);
        goals.put("50000_lines_reconciled_within_30_s", of50000 <= GOAL_SECONDS);
        results(offpeak, id, name, reconcileLines, figures, demands);
    }

    private static void results(
            Offpeak offpeak, String id, String name, int lines, ObjectNode figures, Demands demands) {
        var results = new LineResults(name, lines);
        long start = System.nanoTime();
        offpeak.eachResult(id, results::add);
        figures.put("results_read_in_seconds", seconds(start));
        figures.set("results", results.json());
        JsonNode bulk = offpeak.batch(id);
        demands.that(
                        "no_line_was_invalid",
                        bulk.path("invalid_lines").path("count").asInt(-1) == 0)
                .that("every_line_has_exactly_one_result", results.exactlyOne())
                .that("batches_count_what_their_results_are", results.agreesWith(bulk.path("counts")));
    }

    private InteractiveJobs interactive(Offpeak offpeak) {
        return new InteractiveJobs(offpeak, rate, () -> prompts.job(INTERACTIVE, numbers.getAndIncrement()));
    }

    /// How soon interactive jobs start while the phase really lasts, and, for who wants to compare, all of them.
    private static void pickup(
            String phase,
            InteractiveJobs.Outcome jobs,
            Spans spans,
            ObjectNode figures,
            ObjectNode goals,
            Demands demands) {
        ObjectNode meanwhile = jobs.within(spans);
        figures.set("pickup_while_" + phase, meanwhile);
        figures.set("pickup_in_all", jobs.summary());
        jobs.judge(demands);
        demands.that("pickup_was_measured_while_" + phase, meanwhile.path("n").asLong() >= FEWEST_PICKUPS);
        goals.put(
                "pickup_p99_within_250_ms_while_" + phase,
                meanwhile.path("p99_ms").asDouble(Double.MAX_VALUE) <= GOAL_PICKUP_MILLIS);
    }

    private static Instant moment(@Nullable String epochSeconds) {
        return Instant.EPOCH.plusNanos(
                new BigDecimal(String.valueOf(epochSeconds)).movePointRight(9).longValue());
    }

    private static double seconds(long start) {
        return Math.round((System.nanoTime() - start) / 1e8) / 10.0;
    }

    private ObjectNode heaps(OwnCluster cluster) throws IOException, InterruptedException {
        ObjectNode all = Json.object();
        all.set("api", heap(cluster.apiPid()));
        for (long pid : cluster.workerPids()) {
            all.set("worker " + pid, heap(pid));
        }
        return all;
    }

    private static ObjectNode heap(long pid) throws IOException, InterruptedException {
        ObjectNode json = Json.object().put("heap_after_collection_mib", new JavaHeap(pid).usedAfterCollection() >> 20);
        Path status = Path.of("/proc", Long.toString(pid), "status");
        if (Files.exists(status)) {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmHWM:")) {
                    json.put("resident_peak_mib", Long.parseLong(line.replaceAll("\\D", "")) >> 10);
                }
            }
        }
        return json;
    }
}
