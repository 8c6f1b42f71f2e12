package dev.offpeak.bench;

import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Batches that do not come back, under jobs with deadlines. Those whose deadlines leave twice the 99th percentile of a
/// direct call at the rate that calls are permitted must all succeed in time. Then come more than capacity can meet,
/// all at once: what were their clients told?
///
/// Half of the work lies in batches that never end, half in batches that end after the deadlines: those bill a second
/// time, which is to be declared.
final class DeadlineRun implements Command {

    private static final String STALLED = "bench-deadline-stalled";
    private static final String LATE = "bench-deadline-late";
    private static final String DIRECT = "bench-deadline-direct";

    /// How much faster too many come than direct calls go: slow enough that what is ahead is counted meanwhile.
    private static final int TIMES_THE_PACE = 4;

    private static final int CLIENTS = 16;

    private final Clock clock;
    private final PrintStream err;
    private final Site.Asked asked;
    private final Prompts prompts;
    private final int jobs;
    private final int tooMany;
    private final int calibration;
    private final int lessons;
    private final int latencyMillis;
    private final Duration horizon;
    private final int seed;
    private final String openAiModel;
    private final String anthropicModel;
    private final @Nullable String out;
    private int number;

    DeadlineRun(Arguments arguments, Clock clock, PrintStream err) {
        this.clock = clock;
        this.err = err;
        this.asked = Site.Asked.from(arguments, false);
        this.prompts = Runs.prompts("deadline-run", arguments, clock);
        this.seed = Runs.seed(arguments);
        this.jobs = arguments.whole("jobs", 300, 2, 20_000);
        this.tooMany = arguments.whole("too-many", 300, 0, 20_000);
        this.calibration = arguments.whole("calibration", 300, 10, 10_000);
        this.lessons = arguments.whole("lessons", 3, 0, 50);
        this.latencyMillis = arguments.whole("latency-ms", 800, 1, 30_000);
        this.horizon = Duration.ofSeconds(arguments.whole("horizon-seconds", 90, 5, 3_600));
        this.openAiModel = arguments.text("openai-model", "gpt-4o-mini");
        this.anthropicModel = arguments.text("anthropic-model", "claude-haiku-4-5");
        this.out = arguments.find("out");
    }

    @Override
    public Findings run() throws Exception {
        // A cluster of its own trusts batches from the start: nobody else's have come back soon there.
        var trusting = Map.of(
                "OFFPEAK_LANES_EXPECTEDBATCH", "15s",
                "OFFPEAK_LANES_COLLECTFOR", "5s",
                "OFFPEAK_LANES_SAFETYMARGIN", "10s",
                "OFFPEAK_LANES_OBSERVEEVERY", "2s",
                // What is ahead of a job is told as it is, not as it was: many come within a few seconds.
                "OFFPEAK_LANES_COUNTEVERY", "200ms");
        try (Site site = asked.open(trusting, clock, err)) {
            Findings findings = run(site);
            if (out != null) {
                Files.writeString(Path.of(out), Json.pretty(findings.figures()) + "\n");
            }
            return findings;
        }
    }

    private Findings run(Site site) {
        Offpeak offpeak = site.offpeak();
        Simulator simulator = site.simulator();
        var bulks = new Bulks(offpeak, clock, err, "deadline-run");
        offpeak.putWorkflow(STALLED, Bulks.workflow("openai", openAiModel, 300, "PT24H"));
        offpeak.putWorkflow(LATE, Bulks.workflow("anthropic", anthropicModel, 300, "PT24H"));
        offpeak.putWorkflow(
                DIRECT, Bulks.workflow("openai", openAiModel, 300, "PT1H").put("lane", "direct"));
        Instant from = clock.instant().minusSeconds(5);
        SimulatorStats before = simulator.stats();
        ObjectNode figures = Json.object();
        var demands = new Demands();
        try {
            simulator.behave(Json.object()
                    .put("seed", seed)
                    .put("latency_ms", latencyMillis)
                    .put("latency_jitter_ms", latencyMillis / 4));
            simulator.behaveInBatches(Json.object().put("seconds_to_complete", 2));
            calibrate(offpeak, bulks); // processes that have just started are several times slower
            DirectPace pace = calibrate(offpeak, bulks);
            figures.set("direct", json(pace));
            teach(offpeak, bulks);
            List<Asked> inTime = inTime(offpeak, simulator, bulks, pace, figures, demands);
            beyond(offpeak, bulks, figures, demands);
            money(offpeak, simulator, bulks, from, before, inTime, figures, demands);
        } finally {
            simulator.behave(Json.object());
            simulator.behaveInBatches(Json.object());
        }
        figures.set("demands", demands.json());
        return new Findings(demands.hold(), figures);
    }

    /// One job as it was submitted.
    ///
    /// @param told what the answer to the submission says of its lane, and when it should be done
    record Asked(String id, String workflow, Instant deadline, JsonNode told) {}

    private DirectPace calibrate(Offpeak offpeak, Bulks bulks) {
        Submissions sent = Submissions.send(offpeak, calibration, CLIENTS, _ -> prompts.job(DIRECT, next()));
        if (!offpeak.awaitIdle(Duration.ofMinutes(10))) {
            throw new IllegalStateException("the direct jobs do not end");
        }
        DirectPace pace = DirectPace.of(offpeak.read(sent.ids()).values());
        bulks.say("direct calls: %.1f a second, p99 %d ms"
                .formatted(pace.perSecond(), pace.p99().toMillis()));
        return pace;
    }

    private ObjectNode json(DirectPace pace) {
        return Json.object()
                .put("jobs", calibration)
                .put("per_second", Math.round(pace.perSecond() * 10) / 10.0)
                .put("p99_ms", pace.p99().toMillis());
    }

    /// Batches that come back soon: nobody would trust a lane of which nothing is known with a deadline so near.
    private void teach(Offpeak offpeak, Bulks bulks) {
        for (int lesson = 0; lesson < lessons; lesson++) {
            for (int i = 0; i < 10; i++) {
                offpeak.accept(prompts.job(i % 2 == 0 ? STALLED : LATE, next()));
            }
            if (!offpeak.awaitIdle(Duration.ofMinutes(5))) {
                throw new IllegalStateException("the batches that nothing holds up do not come back");
            }
        }
        bulks.say(lessons + " rounds of quick batches came back");
    }

    private List<Asked> inTime(
            Offpeak offpeak, Simulator simulator, Bulks bulks, DirectPace pace, ObjectNode figures, Demands demands) {
        Duration whole = horizon.plus(pace.room(jobs));
        List<Asked> asked = new ArrayList<>();
        // First those that never end, then those that end when it is too late.
        simulator.behaveInBatches(Json.object().put("stall", true));
        Instant start = clock.instant();
        asked.addAll(submit(offpeak, STALLED, 0, 2, start, pace));
        boolean stalled = awaitSubmitted(offpeak, asked);
        simulator.behaveInBatches(
                Json.object().put("seconds_to_complete", whole.plusSeconds(20).toSeconds()));
        asked.addAll(submit(offpeak, LATE, 1, 2, start, pace));
        boolean late = awaitSubmitted(offpeak, asked);
        bulks.say(asked.size() + " jobs lie in batches that do not come back");
        long batched = views(offpeak, asked).values().stream()
                .filter(job -> job.path("status").asString("").equals("batched"))
                .count();
        offpeakWaits(offpeak, asked, whole.plusSeconds(60));
        Map<String, JsonNode> ended = views(offpeak, asked);
        var statuses = new TreeMap<String, Integer>();
        int missed = 0;
        var slack = new Latencies();
        var said = new SaidAtSubmit();
        for (Asked one : asked) {
            JsonNode job = ended.getOrDefault(one.id(), Json.object());
            String status = job.path("status").asString("none");
            statuses.merge(status, 1, Integer::sum);
            Instant finished = JobTimes.at(job, "finished_at").orElse(Instant.MAX);
            boolean inTime = status.equals("succeeded") && !finished.isAfter(one.deadline());
            said.add(one.told(), inTime);
            if (!inTime) {
                missed++;
            } else {
                slack.record(Duration.between(finished, one.deadline()));
            }
        }
        ObjectNode json = figures.putObject("in_time")
                .put("jobs", asked.size())
                .put("batched_before_their_deadlines_neared", batched)
                .put("missed", missed);
        ObjectNode by = json.putObject("statuses");
        statuses.forEach(by::put);
        json.set("left_before_the_deadline", slack.summary());
        json.set("told_at_submit", said.json());
        demands.that("the_jobs_lay_in_provider_batches", stalled && late && batched >= asked.size() * 9L / 10)
                .that("all_that_capacity_can_meet_succeeded_in_time", missed == 0);
        return asked;
    }

    /// Every `of`-th job from `first` on: the k-th deadline of all leaves room for the k before it.
    private List<Asked> submit(Offpeak offpeak, String workflow, int first, int of, Instant start, DirectPace pace) {
        int count = (jobs - first + of - 1) / of;
        var taken = new AtomicReferenceArray<@Nullable Asked>(count);
        int base = number;
        number += count;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                int its = i;
                threads.execute(() -> {
                    Instant deadline = start.plus(horizon).plus(pace.room(first + its * of));
                    ObjectNode job = prompts.job(workflow, base + its).put("deadline", deadline.toString());
                    JsonNode told = offpeak.submit(job).expect(202);
                    taken.set(its, new Asked(told.path("id").asString(), workflow, deadline, told));
                });
            }
        }
        var asked = new ArrayList<Asked>();
        for (int i = 0; i < count; i++) {
            Asked one = taken.get(i);
            if (one == null) {
                throw new IllegalStateException("a job was not accepted");
            }
            asked.add(one);
        }
        return asked;
    }

    private int next() {
        synchronized (prompts) {
            return number++;
        }
    }

    /// Waits until the provider has them.
    private boolean awaitSubmitted(Offpeak offpeak, Collection<Asked> asked) {
        return Waiting.until(
                () -> views(offpeak, asked).values().stream()
                        .allMatch(job -> job.path("status").asString("").equals("batched")
                                && job.path("wait_reason").isNull()),
                horizon.dividedBy(2),
                Duration.ofSeconds(1));
    }

    private static void offpeakWaits(Offpeak offpeak, Collection<Asked> asked, Duration atMost) {
        Set<String> over = Set.of("succeeded", "failed", "cancelled", "expired");
        Waiting.until(
                () -> views(offpeak, asked).values().stream()
                        .allMatch(job -> over.contains(job.path("status").asString(""))),
                atMost,
                Duration.ofSeconds(1));
    }

    private static Map<String, JsonNode> views(Offpeak offpeak, Collection<Asked> asked) {
        return offpeak.read(asked.stream().map(Asked::id).toList());
    }

    /// More than all direct calls together could do before one moment.
    private void beyond(Offpeak offpeak, Bulks bulks, ObjectNode figures, Demands demands) {
        if (tooMany == 0) {
            return;
        }
        DirectPace pace = calibrate(offpeak, bulks); // what capacity is now, not what it was an age ago
        int many = tooMany(tooMany, pace);
        Duration room = pace.room(many / 4);
        long between = (long) (1e9 / (TIMES_THE_PACE * pace.perSecond()));
        ObjectNode json = figures.putObject("beyond_capacity");
        estimates(offpeak, many, room, json, demands);
        json.set("direct", json(pace));
        Queue<Asked> asked = new ConcurrentLinkedQueue<>();
        var refusals = new AtomicInteger();
        long start = System.nanoTime();
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < many; i++) {
                Waiting.untilNanos(start + i * between);
                clients.execute(() -> {
                    Instant deadline = clock.instant().plus(room);
                    JsonNode told = offpeak.submit(prompts.job(STALLED, next()).put("deadline", deadline.toString()))
                            .expect(200, 202, 422, 429);
                    if (told.has("id")) {
                        asked.add(new Asked(told.path("id").asString(), STALLED, deadline, told));
                    } else {
                        refusals.incrementAndGet();
                    }
                });
            }
        }
        int refused = refusals.get();
        demands.that("every_submission_was_answered", asked.size() + refused == many);
        bulks.say(many + " jobs where capacity can meet " + many / 4);
        offpeakWaits(offpeak, asked, room.plusSeconds(60));
        var statuses = new TreeMap<String, Integer>();
        var said = new SaidAtSubmit();
        Map<String, JsonNode> ended = views(offpeak, asked);
        for (Asked one : asked) {
            JsonNode job = ended.getOrDefault(one.id(), Json.object());
            String status = job.path("status").asString("none");
            statuses.merge(status, 1, Integer::sum);
            Instant finished = JobTimes.at(job, "finished_at").orElse(Instant.MAX);
            said.add(one.told(), status.equals("succeeded") && !finished.isAfter(one.deadline()));
        }
        json.put("jobs", many)
                .put("deadline_after_ms", room.toMillis())
                .put("accepted", asked.size())
                .put("refused", refused);
        ObjectNode by = json.putObject("statuses");
        statuses.forEach(by::put);
        json.set("told_at_submit", said.json());
        demands.that("more_came_than_capacity_could_meet", said.missed() + refused > 0)
                .that("whose_deadline_was_missed_was_told_so_at_submit", said.missedAndNotTold() == 0);
    }

    /// So many that a quarter of them and all that goes on while they come and wait is not enough, however fast calls
    /// go.
    static int tooMany(int asked, DirectPace pace) {
        return Math.max(asked, (int) Math.ceil(6 * pace.perSecond() * pace.p99().toMillis() / 1000.0));
    }

    /// Before they come: one has room enough, so many have not.
    private void estimates(Offpeak offpeak, int many, Duration room, ObjectNode figures, Demands demands) {
        JsonNode one = estimate(offpeak, room, "");
        JsonNode all = estimate(offpeak, room, "?count=" + many);
        ObjectNode json = figures.putObject("estimates");
        json.set("of_one", one);
        json.set("of_all", all);
        demands.that("an_estimate_of_one_warns_of_nothing", !SaidAtSubmit.warns(one))
                .that("an_estimate_of_all_warns", SaidAtSubmit.warns(all));
    }

    private JsonNode estimate(Offpeak offpeak, Duration room, String query) {
        ObjectNode job = prompts.job(STALLED, next())
                .put("deadline", clock.instant().plus(room).toString());
        return offpeak.send("POST", "/v1/estimates" + query, job).expect(200);
    }

    /// What the rescues cost beyond what batches would have, once the batches that came too late have billed as well.
    private void money(
            Offpeak offpeak,
            Simulator simulator,
            Bulks bulks,
            Instant from,
            SimulatorStats before,
            List<Asked> asked,
            ObjectNode figures,
            Demands demands) {
        Set<String> rescued = new HashSet<>();
        asked.forEach(one -> rescued.add(one.id()));
        boolean over = Waiting.until(
                () -> offpeak.providerBatches().stream()
                        .filter(batch -> batch.path("model").asString("").equals(anthropicModel))
                        .map(batch -> batch.path("state").asString(""))
                        .allMatch(state -> state.equals("reconciled") || state.equals("abandoned")),
                horizon.plusSeconds(180),
                Duration.ofSeconds(5));
        bulks.say("the batches that came too late are over: " + over);
        var its = new RescueCost(rescued::contains);
        var all = new MoneyProof(_ -> true);
        offpeak.eachLedgerEntry(from, entry -> {
            its.add(entry);
            all.add(entry);
        });
        SimulatorStats ran = simulator.stats().since(before);
        figures.set("rescue", its.json().put("simulator_ran_again", ran.repeated()));
        demands.that("the_batches_that_came_too_late_are_over", over)
                .that("each_job_was_rescued_by_a_call", its.rescued() == rescued.size())
                .that("lines_that_came_too_late_billed_again", ran.repeated() > 0)
                .that("each_second_execution_is_a_declared_overlap_and_no_other", ran.repeated() == all.overlaps());
        figures.set("money", all.json(ran));
        figures.set("rows", all.rows(ran));
        all.judge(ran, demands);
    }

    /// What direct calls of jobs that were meant for a batch cost more than that.
    static final class RescueCost {

        private final Predicate<String> ours;
        private final Set<String> called = new HashSet<>();
        private int calls;
        private BigDecimal direct = BigDecimal.ZERO;
        private BigDecimal list = BigDecimal.ZERO;
        private int overlaps;
        private BigDecimal overlap = BigDecimal.ZERO;

        RescueCost(Predicate<String> ours) {
            this.ours = ours;
        }

        void add(JsonNode entry) {
            if (!ours.test(entry.path("job").asString(""))) {
                return;
            }
            var usd = new BigDecimal(entry.path("billed_usd").asString("0"));
            if (entry.path("lane").asString("").equals("direct")) {
                called.add(entry.path("job").asString(""));
            }
            if (entry.path("overlap").asBoolean(false)) {
                overlaps++;
                overlap = overlap.add(usd);
            } else if (entry.path("lane").asString("").equals("direct")) {
                calls++;
                direct = direct.add(usd);
                list = list.add(new BigDecimal(entry.path("list_usd").asString("0")));
            }
        }

        /// Jobs that a call is billed for, whichever bill is the second.
        int rescued() {
            return called.size();
        }

        ObjectNode json() {
            BigDecimal asBatch = list.divide(BigDecimal.TWO);
            return Json.object()
                    .put("rescued_jobs", called.size())
                    .put("direct_calls", calls)
                    .put("direct_usd", direct.toPlainString())
                    .put("in_a_batch_it_had_cost_usd", asBatch.toPlainString())
                    .put("second_bills", overlaps)
                    .put("second_bills_usd", overlap.toPlainString())
                    .put(
                            "rescue_cost_usd",
                            direct.subtract(asBatch).add(overlap).toPlainString());
        }
    }
}
