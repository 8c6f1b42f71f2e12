package dev.offpeak.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A steady load for a long time: what grows? Latencies minute by minute, dead rows and sizes of the tables, and each
/// process's heap after a collection, before and after; then whether every acknowledged job ended and whether the
/// ledger equals the simulator.
///
/// The heap is measured idle, between the warm-up and the load and again after it, and with the simulator's counts
/// reset: inside standalone, what it remembers of every prompt would count as Offpeak's.
final class SoakBench implements Command {

    private static final double P99_AT_MOST = 1.5;
    private static final double GROWTH_AT_MOST = 1.2;
    private static final Duration SAMPLE_EVERY = Duration.ofSeconds(10);
    private static final int MINUTES_BETWEEN_SIZES = 5;
    private static final Set<String> FINAL = Set.of("succeeded", "failed", "cancelled", "expired");

    private final Clock clock;
    private final PrintStream progress;
    private final Offpeak offpeak;
    private final Simulator simulator;
    private final SoakTarget target;
    private final Prompts prompts;
    private final String workflow;
    private final int rate;
    private final int minutes;
    private final int warmUpMinutes;
    private final int windowMinutes;
    private final double webhookShare;
    private final int latencyMillis;
    private final Duration patience;
    private final int seed;

    private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    private final Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();
    private final AtomicInteger withWebhook = new AtomicInteger();

    /// @param progress where a line is written every minute: half an hour of silence tells nothing
    SoakBench(Arguments arguments, Clock clock, PrintStream progress) {
        var http = new Http();
        this.clock = clock;
        this.progress = progress;
        this.offpeak = Offpeak.from(arguments, http);
        this.simulator = Simulator.from(arguments, http);
        this.target = SoakTarget.from(arguments);
        this.prompts = Runs.prompts("soak", arguments, clock);
        this.workflow = arguments.text("workflow", "classify");
        this.rate = arguments.whole("rate", 100, 1, 2_000);
        this.minutes = arguments.whole("minutes", 30, 2, 120);
        this.warmUpMinutes = arguments.whole("warm-up-minutes", 2, 1, 10);
        this.windowMinutes = arguments.whole("window-minutes", 5, 1, 30);
        this.webhookShare = arguments.share("webhook-share", 0.3);
        this.latencyMillis = arguments.whole("latency-ms", 50, 0, 10_000);
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 300, 1, 1_800));
        this.seed = Runs.seed(arguments);
        if (measuredMinutes() < 2 * windowMinutes) {
            throw new UsageError("--minutes less --warm-up-minutes must hold two windows of --window-minutes");
        }
    }

    @Override
    public Findings run() throws IOException, InterruptedException {
        var secret = new byte[24];
        new Random(seed).nextBytes(secret);
        List<JavaHeap> heaps = target.pids().stream().map(JavaHeap::new).toList();
        try (var statistics = JdbcTableStatistics.open(target.url(), target.user(), target.password());
                var receiver = new WebhookReceiver(clock, secret)) {
            simulator.behave(Json.object().put("latency_ms", latencyMillis));
            load(-warmUpMinutes * 60 * rate, warmUpMinutes, receiver, new MinuteLatencies(warmUpMinutes));
            boolean settled = settle(receiver);
            simulator.resetCounts();
            Map<Long, Long> heapsBefore = collected(heaps);
            ObjectNode sizesBefore = statistics.sizes();

            var measured = new Measured(statistics, heaps, receiver);
            measured.run();
            settled &= settle(receiver);
            ObjectNode figures = Json.object();
            boolean passed = outcome(figures, measured, receiver) && settled;
            simulator.resetCounts();
            growth(figures, measured, heapsBefore, collected(heaps));
            ObjectNode sizes = figures.putObject("sizes");
            sizes.set("before", sizesBefore);
            sizes.set("after", statistics.sizes());
            return new Findings(passed, figures.put("all_settled", settled));
        } finally {
            simulator.behave(Json.object());
        }
    }

    private int measuredMinutes() {
        return minutes - warmUpMinutes;
    }

    /// Submits for so many minutes, from a number on that no other phase uses.
    private void load(int firstNumber, int forMinutes, WebhookReceiver receiver, MinuteLatencies latencies) {
        OpenLoop.run(OpenLoop.steady(rate, rate * 60 * forMinutes), (number, due) -> {
            String answer = submit(firstNumber + number, wantsWebhook(number), receiver);
            latencies.record(number / (rate * 60), Duration.ofNanos(System.nanoTime() - due));
            answers.computeIfAbsent(answer, _ -> new LongAdder()).increment();
        });
    }

    private String submit(int number, boolean webhook, WebhookReceiver receiver) {
        ObjectNode job = prompts.job(workflow, number);
        if (webhook) {
            job.putObject("webhook").put("url", receiver.url()).put("secret", receiver.secretText());
        }
        try {
            Reply reply = offpeak.submit(job);
            if (reply.status() == 200 || reply.status() == 202) {
                acknowledged.add(reply.json().path("id").asString());
                if (webhook) {
                    withWebhook.incrementAndGet();
                }
            }
            return Integer.toString(reply.status());
        } catch (UncheckedIOException _) {
            return "no answer";
        }
    }

    /// Spread evenly over the jobs.
    private boolean wantsWebhook(int number) {
        return Math.floor((number + 1) * webhookShare) > Math.floor(number * webhookShare);
    }

    private boolean settle(WebhookReceiver receiver) {
        return offpeak.awaitIdle(patience)
                && Waiting.until(() -> receiver.jobs() >= withWebhook.get(), patience, Duration.ofMillis(100));
    }

    private static Map<Long, Long> collected(List<JavaHeap> heaps) throws IOException, InterruptedException {
        var bytes = new TreeMap<Long, Long>();
        for (JavaHeap heap : heaps) {
            bytes.put(heap.pid(), heap.usedAfterCollection());
        }
        return bytes;
    }

    /// Whether nothing that was acknowledged is lost and every call is in the ledger, to the token.
    private boolean outcome(ObjectNode figures, Measured measured, WebhookReceiver receiver) {
        var missing = new HashSet<>(acknowledged);
        var statuses = new TreeMap<String, Integer>();
        offpeak.eachJob(job -> {
            if (missing.remove(job.path("id").asString())) {
                statuses.merge(job.path("status").asString(), 1, Integer::sum);
                measured.ended(job);
            }
            return !missing.isEmpty();
        });
        int unfinished = statuses.entrySet().stream()
                .filter(status -> !FINAL.contains(status.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum();
        var tally = new LedgerTally(_ -> true);
        offpeak.eachLedgerEntry(measured.start, tally::add);
        LedgerSums ledger = tally.sums();
        SimulatorStats ran = simulator.stats();
        TokenTable difference = ledger.tokens().minus(ran.tokens());
        boolean sameUsd = ledger.billedUsd().compareTo(ran.billedUsd()) == 0;

        ObjectNode counts = figures.putObject("answers");
        answers.forEach((answer, count) -> counts.put(answer, count.sum()));
        figures.put("acknowledged", acknowledged.size())
                .put("lost", missing.size())
                .put("unfinished", unfinished);
        ObjectNode ends = figures.putObject("statuses");
        statuses.forEach(ends::put);
        figures.put("simulator_executions", ran.executions())
                .put("simulator_repeated", ran.repeated())
                .put("ledger_confirmed", ledger.confirmed())
                .put("ledger_unconfirmed", ledger.unconfirmed())
                .put("same_usd", sameUsd);
        figures.set("token_difference_ledger_minus_simulator", difference.json());
        figures.put("webhooks_asked", withWebhook.get())
                .put("webhooks_delivered", receiver.jobs())
                .put("webhook_tries", receiver.tries())
                .put("webhook_bad_signatures", receiver.badSignatures());
        return missing.isEmpty()
                && unfinished == 0
                && statuses.getOrDefault("succeeded", 0) == acknowledged.size()
                && acknowledged.size() == rate * 60 * minutes
                && ledger.confirmed() == ran.executions()
                && difference.isEmpty()
                && sameUsd
                && receiver.jobs() == withWebhook.get()
                && receiver.badSignatures() == 0;
    }

    private void growth(ObjectNode figures, Measured measured, Map<Long, Long> before, Map<Long, Long> after) {
        Window first = Window.first(windowMinutes);
        Window last = Window.last(windowMinutes, measuredMinutes());
        var submit = p99(measured.replies, first, last);
        var finish = p99(measured.finishes, first, last);
        figures.set("submit_p99_ms", submit.json());
        figures.set("submission_to_end_p99_ms", finish.json());
        ObjectNode heap = figures.putObject("heap_after_collection_mib");
        boolean heapsHold = !before.isEmpty();
        for (Map.Entry<Long, Long> one : before.entrySet()) {
            Long then = after.get(one.getKey());
            var change = new Growth(mib(one.getValue()), then == null ? 0 : mib(then), GROWTH_AT_MOST, then != null);
            heap.set("pid " + one.getKey(), change.json());
            heapsHold &= change.holds();
        }
        Growth dead = measured.tuples.growth(first, last, GROWTH_AT_MOST);
        figures.put("samples_missing", measured.samplesMissing.get());
        figures.set("dead_tuples", measured.tuples.json(first, last, GROWTH_AT_MOST));
        figures.set("per_minute", measured.perMinute());
        figures.set("every_five_minutes", measured.rest);
        figures.putObject("goals")
                .put("submit_p99_at_most_1_5_times", submit.holds())
                .put("submission_to_end_p99_at_most_1_5_times", finish.holds())
                .put("heap_after_collection_at_most_20_percent_up", heapsHold)
                .put("dead_tuples_at_most_20_percent_up", dead.holds())
                .put("dead_tuples_within_autovacuum_bound", measured.tuples.keptBelowBound(last));
    }

    private static double mib(long bytes) {
        return bytes / (double) (1 << 20);
    }

    private static Growth p99(MinuteLatencies latencies, Window first, Window last) {
        Latencies before = latencies.over(first);
        Latencies after = latencies.over(last);
        return new Growth(
                before.percentileMillis(99),
                after.percentileMillis(99),
                P99_AT_MOST,
                before.count() > 0 && after.count() > 0);
    }

    /// The load whose figures count, and what is sampled meanwhile.
    private final class Measured {

        private final JdbcTableStatistics statistics;
        private final List<JavaHeap> heaps;
        private final WebhookReceiver receiver;
        private final MinuteLatencies replies = new MinuteLatencies(measuredMinutes());
        private final MinuteLatencies finishes = new MinuteLatencies(measuredMinutes());
        private final AtomicIntegerArray ends = new AtomicIntegerArray(measuredMinutes());
        private final TupleSamples tuples = new TupleSamples();
        private final ObjectNode rest = Json.object();
        private final AtomicInteger samplesMissing = new AtomicInteger();
        private Instant start = Instant.EPOCH;
        private int told;

        Measured(JdbcTableStatistics statistics, List<JavaHeap> heaps, WebhookReceiver receiver) {
            this.statistics = statistics;
            this.heaps = heaps;
            this.receiver = receiver;
        }

        void run() {
            start = clock.instant();
            try (ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor()) {
                var samples =
                        sampler.scheduleAtFixedRate(this::sampleOrSay, 0, SAMPLE_EVERY.toSeconds(), TimeUnit.SECONDS);
                load(0, measuredMinutes(), receiver, replies);
                samples.cancel(false);
            }
        }

        /// Counts a job of this load; those of the warm-up began before it.
        void ended(JsonNode job) {
            Instant created = JobTimes.at(job, "created_at").orElse(Instant.EPOCH);
            Instant finished = JobTimes.at(job, "finished_at").orElse(null);
            if (created.isBefore(start) || finished == null) {
                return;
            }
            finishes.record(minute(created), Duration.between(created, finished));
            if (minute(finished) < ends.length()) {
                ends.incrementAndGet(minute(finished));
            }
        }

        JsonNode perMinute() {
            var rows = Json.array();
            for (int minute = 0; minute < measuredMinutes(); minute++) {
                rows.addObject()
                        .put("minute", warmUpMinutes + minute + 1)
                        .put("submit_p50_ms", replies.minute(minute).percentileMillis(50))
                        .put("submit_p99_ms", replies.minute(minute).percentileMillis(99))
                        .put("submission_to_end_p50_ms", finishes.minute(minute).percentileMillis(50))
                        .put("submission_to_end_p99_ms", finishes.minute(minute).percentileMillis(99))
                        .put("ended_per_second", Math.round(ends.get(minute) / 6.0) / 10.0)
                        .put("dead_tuples", Math.round(tuples.averageDead(new Window(minute, minute + 1))));
            }
            return rows;
        }

        private int minute(Instant at) {
            return (int) Duration.between(start, at).toMinutes();
        }

        private void sampleOrSay() {
            try {
                sample();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (IOException | RuntimeException e) {
                samplesMissing.incrementAndGet();
                progress.println("soak: a sample is missing: " + e);
            }
        }

        private void sample() throws IOException, InterruptedException {
            int minute = minute(clock.instant());
            tuples.add(minute, statistics.tuples());
            if (minute <= told) {
                return;
            }
            told = minute;
            Latencies last = replies.minute(Math.min(minute, measuredMinutes()) - 1);
            progress.printf(
                    Locale.ROOT,
                    "soak: minute %d of %d, submit p50 %.1f ms, p99 %.1f ms, dead rows %.0f, acknowledged %d%n",
                    warmUpMinutes + minute,
                    minutes,
                    last.percentileMillis(50),
                    last.percentileMillis(99),
                    tuples.averageDead(new Window(minute - 1, minute)),
                    acknowledged.size());
            if (minute % MINUTES_BETWEEN_SIZES == 0) {
                ObjectNode row = rest.putObject("minute " + (warmUpMinutes + minute));
                for (JavaHeap heap : heaps) {
                    row.put("heap_with_garbage_mib_of_pid_" + heap.pid(), Math.round(mib(heap.used())));
                }
                ObjectNode sizes = statistics.sizes();
                row.set("table_bytes", sizes.path("table_bytes"));
                row.set("index_bytes", sizes.path("index_bytes"));
            }
        }
    }
}
