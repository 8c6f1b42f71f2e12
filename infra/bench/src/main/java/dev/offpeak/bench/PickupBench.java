package dev.offpeak.bench;

import dev.offpeak.bench.stock.StockJobRunr;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// From submission to the start of the handler on an idle system, beside stock JobRunr with its shortest poll on the
/// same PostgreSQL: both get the same arrivals, half a gap apart.
final class PickupBench implements Command {

    private static final Duration STOCK_POLL = Duration.ofSeconds(5);

    private final Clock clock;
    private final Offpeak offpeak;
    private final @Nullable StockServer stockServer;
    private final Prompts prompts;
    private final String workflow;
    private final int count;
    private final int leastGapMillis;
    private final int mostGapMillis;
    private final int seed;

    PickupBench(Arguments arguments, Clock clock) {
        this.clock = clock;
        this.offpeak = Offpeak.from(arguments, new Http());
        this.stockServer = StockServer.from(arguments);
        this.prompts = Runs.prompts("pickup", arguments, clock);
        this.workflow = arguments.text("workflow", "classify");
        this.count = arguments.whole("count", 500, 1, 10_000);
        this.leastGapMillis = arguments.whole("least-gap-ms", 50, 1, 60_000);
        this.mostGapMillis = arguments.whole("most-gap-ms", 350, 1, 60_000);
        this.seed = Runs.seed(arguments);
        if (mostGapMillis < leastGapMillis) {
            throw new UsageError("--most-gap-ms is less than --least-gap-ms");
        }
    }

    @Override
    public Findings run() {
        for (int i = 0; i < 20; i++) {
            offpeak.accept(prompts.job(workflow, -1 - i));
        }
        offpeak.awaitIdle(Duration.ofSeconds(60));
        var figures = Json.object();
        long[] due = OpenLoop.scattered(count, leastGapMillis, mostGapMillis, new Random(seed));
        boolean whole;
        if (stockServer == null) {
            whole = measureOffpeak(due, figures);
            figures.put("stock_jobrunr", "not measured: no --postgres given");
        } else {
            whole = measureBoth(stockServer, due, figures);
        }
        return new Findings(whole, figures);
    }

    private boolean measureBoth(StockServer server, long[] due, ObjectNode figures) {
        var startsOfStock = new Latencies();
        long halfGap = TimeUnit.MILLISECONDS.toNanos(leastGapMillis + mostGapMillis) / 4;
        try (var stock = StockJobRunr.open(server.url(), server.user(), server.password(), server.workers())) {
            figures.put("postgres", stock.postgresVersion());
            stock.start(STOCK_POLL);
            var enqueued = new ConcurrentHashMap<Integer, Long>();
            stock.onStart(number -> {
                Long at = enqueued.get(number);
                if (at != null) {
                    startsOfStock.recordNanos(System.nanoTime() - at);
                }
            });
            Thread arrivals = Thread.ofPlatform().name("stock-arrivals").start(() -> {
                long start = System.nanoTime() + halfGap;
                for (int i = 0; i < due.length; i++) {
                    Waiting.untilNanos(start + due[i]);
                    enqueued.put(i, System.nanoTime());
                    stock.enqueue(i);
                }
            });
            boolean whole = measureOffpeak(due, figures);
            arrivals.join(Duration.ofSeconds(30));
            boolean allStarted = Waiting.until(
                    () -> startsOfStock.count() >= due.length, Duration.ofSeconds(30), Duration.ofMillis(100));
            ObjectNode summary = startsOfStock.summary();
            summary.put("poll_seconds", STOCK_POLL.toSeconds()).put("workers", server.workers());
            figures.set("stock_jobrunr_enqueue_to_handler", summary);
            return whole && allStarted;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
    }

    private boolean measureOffpeak(long[] due, ObjectNode figures) {
        Map<String, Instant> asked = new ConcurrentHashMap<>();
        OpenLoop.run(due, (number, _) -> {
            Instant before = clock.instant();
            try {
                asked.put(offpeak.accept(prompts.job(workflow, number)), before);
            } catch (UncheckedIOException | IllegalStateException _) {
                // counted below as missing
            }
        });
        offpeak.awaitIdle(Duration.ofSeconds(60));
        var created = new Latencies();
        var called = new Latencies();
        for (Map.Entry<String, JsonNode> job : offpeak.read(asked.keySet()).entrySet()) {
            JobTimes.between(job.getValue(), "created_at", "started_at").ifPresent(created::record);
            Instant before = asked.get(job.getKey());
            if (before != null) {
                JobTimes.at(job.getValue(), "started_at")
                        .ifPresent(start -> called.record(Duration.between(before, start)));
            }
        }
        figures.set("offpeak_created_to_started", created.summary());
        figures.set("offpeak_client_call_to_started", called.summary());
        var goals = figures.putObject("goals");
        goals.put("p50_at_most_10_ms", created.percentileMillis(50) <= 10);
        goals.put("p99_at_most_50_ms", created.percentileMillis(99) <= 50);
        return created.count() == due.length;
    }
}
