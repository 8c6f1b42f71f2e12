package dev.offpeak.bench;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Single jobs over HTTP at a steady rate, until it ends: what somebody feels who works beside a bulk.
final class InteractiveJobs implements AutoCloseable {

    private static final Duration LONGEST_WAY_TO_THE_END = Duration.ofSeconds(60);

    private final ConcurrentLinkedQueue<String> ids = new ConcurrentLinkedQueue<>();
    private final AtomicInteger refused = new AtomicInteger();
    private final Latencies replies = new Latencies();
    private final Offpeak offpeak;
    private final int rate;
    private final Supplier<ObjectNode> jobs;
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticker;
    private volatile boolean over;

    /// @param rate jobs a second
    InteractiveJobs(Offpeak offpeak, int rate, Supplier<ObjectNode> jobs) {
        this.offpeak = offpeak;
        this.rate = rate;
        this.jobs = jobs;
        this.ticker = Thread.ofPlatform().daemon().name("interactive").start(this::tick);
    }

    /// What came of them.
    ///
    /// @param refused submissions that were not accepted
    /// @param unstarted accepted, and not ended within a minute of the last submission
    /// @param replies how soon submissions were answered, from when they were due
    record Outcome(List<Pickup> pickups, int refused, int unstarted, Latencies replies) {

        /// From creation to the start of the handler, of those that were created within some spans alone: what came
        /// before and after them had the machine to itself.
        ObjectNode within(Spans spans) {
            var latencies = new Latencies();
            pickups.stream().filter(one -> spans.contain(one.createdAt())).forEach(one -> latencies.record(one.took()));
            return latencies.summary().put("seconds", spans.busy().toMillis() / 1000.0);
        }

        /// Of all, whatever happened beside them.
        ObjectNode summary() {
            var latencies = new Latencies();
            pickups.forEach(one -> latencies.record(one.took()));
            ObjectNode summary = latencies.summary().put("unstarted", unstarted).put("refused", refused);
            summary.set("replies", replies.summary());
            return summary;
        }

        void judge(Demands demands) {
            demands.that("no_interactive_job_was_refused", refused == 0)
                    .that("every_interactive_job_started", unstarted == 0);
        }
    }

    /// @param createdAt on the database's clock
    record Pickup(Instant createdAt, Duration took) {}

    private void tick() {
        long start = System.nanoTime();
        for (int tick = 0; !over; tick++) {
            Waiting.untilNanos(start + tick * 1_000_000_000L / rate);
            long due = System.nanoTime();
            clients.execute(() -> submit(due));
        }
    }

    private void submit(long due) {
        try {
            ids.add(offpeak.accept(jobs.get()));
            replies.recordNanos(System.nanoTime() - due);
        } catch (UncheckedIOException | IllegalStateException _) {
            refused.incrementAndGet();
        }
    }

    /// Submits no more, and waits until all have ended.
    Outcome end() {
        close();
        var pickups = new ArrayList<Pickup>();
        int unstarted = 0;
        for (String id : ids) {
            JsonNode job = ended(id);
            Pickup pickup = job == null ? null : pickup(job);
            if (pickup == null) {
                unstarted++;
            } else {
                pickups.add(pickup);
            }
        }
        return new Outcome(pickups, refused.get(), unstarted, replies);
    }

    private @Nullable JsonNode ended(String id) {
        var last = new ArrayList<JsonNode>();
        Waiting.until(
                () -> {
                    JsonNode job = offpeak.send("GET", "/v1/jobs/" + id, null).expect(200);
                    if (JobTimes.at(job, "finished_at").isPresent()) {
                        last.add(job);
                    }
                    return !last.isEmpty();
                },
                LONGEST_WAY_TO_THE_END,
                Duration.ofMillis(50));
        return last.isEmpty() ? null : last.getFirst();
    }

    /// @return null where it never started
    static @Nullable Pickup pickup(JsonNode job) {
        return JobTimes.at(job, "created_at")
                .flatMap(created ->
                        JobTimes.between(job, "created_at", "started_at").map(took -> new Pickup(created, took)))
                .orElse(null);
    }

    @Override
    public void close() {
        over = true;
        try {
            ticker.join(Duration.ofSeconds(10));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        clients.close(); // waits for those under way
    }
}
