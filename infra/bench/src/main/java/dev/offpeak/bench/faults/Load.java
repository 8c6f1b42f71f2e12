package dev.offpeak.bench.faults;

import dev.offpeak.bench.Json;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.Reply;
import dev.offpeak.bench.Waiting;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Clients that submit at a fixed rate, whatever happens: each job with a key, sent again with the same key while there
/// is no answer or a 5xx, as a client should. What a job is like comes from the seed and its number.
final class Load implements AutoCloseable {

    /// A client's patience, longer than the longest outage of the run.
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    private static final String ACKNOWLEDGED_AGAIN = "again";

    private final long seed;
    private final int rate;
    private final List<List<Offpeak>> tenants;
    private final Receiver receiver;
    private final History history;
    private final AtomicInteger submitted = new AtomicInteger();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticker = Thread.ofPlatform().daemon().name("load").unstarted(this::tick);
    private final Semaphore working = new Semaphore(Integer.MAX_VALUE);
    private volatile boolean stopping;

    /// @param tenants by tenant, a client of each API
    Load(long seed, int rate, List<List<Offpeak>> tenants, Receiver receiver, History history) {
        this.seed = seed;
        this.rate = rate;
        this.tenants = tenants;
        this.receiver = receiver;
        this.history = history;
    }

    void start() {
        ticker.start();
    }

    int submitted() {
        return submitted.get();
    }

    /// Submits no more, and waits for the answers.
    ///
    /// @return whether all clients came to an end
    boolean finish() throws InterruptedException {
        stopping = true;
        ticker.join(Duration.ofSeconds(5));
        return working.tryAcquire(Integer.MAX_VALUE, PATIENCE.toSeconds() + 30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        stopping = true;
        clients.shutdownNow();
    }

    private void tick() {
        long start = System.nanoTime();
        for (int number = 0; !stopping; number++) {
            Waiting.untilNanos(start + number * 1_000_000_000L / rate);
            int job = number;
            submitted.incrementAndGet();
            working.acquireUninterruptibly();
            clients.execute(() -> {
                try {
                    live(job);
                } finally {
                    working.release();
                }
            });
        }
    }

    /// What one job is like; shares are per hundred.
    private void live(int number) {
        var random = new Random(seed * 1_000_003 + number);
        List<Offpeak> apis = tenants.get(random.nextInt(tenants.size()));
        String key = "job-" + number;
        ObjectNode job = Json.object()
                .put("workflow", random.nextInt(100) < 80 ? "classify" : "generate")
                .put("prompt", "What is this about? " + key + " of run " + seed)
                .put("user", "u" + random.nextInt(20));
        job.putObject("metadata").put("key", key);
        boolean webhook = random.nextInt(100) < 40;
        if (webhook) {
            job.putObject("webhook").put("url", receiver.url()).put("secret", receiver.secretText());
        }
        boolean hurried = random.nextInt(100) < 3;
        if (hurried) {
            job.put("deadline", random.nextBoolean() ? "PT0.3S" : "PT1.2S"); // too short for a call, and just enough
        }
        boolean cancelled = random.nextInt(100) < 4;
        boolean sentTwice = random.nextInt(100) < 3;
        history.add("submit", Map.of("key", key, "webhook", webhook, "hurried", hurried));
        String id = submit(apis, key, job, random, "");
        if (id != null && sentTwice) {
            submit(apis, key, job, random, ACKNOWLEDGED_AGAIN);
        }
        if (id != null && cancelled) {
            Waiting.untilNanos(System.nanoTime() + random.nextLong(400_000_000L));
            cancel(apis, id, random);
        }
    }

    private @Nullable String submit(List<Offpeak> apis, String key, ObjectNode job, Random random, String note) {
        Reply reply = untilAnswered(apis, random, "POST", "/v1/jobs", job, "Idempotency-Key", key);
        if (reply == null) {
            history.add("unanswered", Map.of("key", key));
            return null;
        }
        if (reply.status() == 200 || reply.status() == 202) {
            String id = reply.json().path("id").asString("");
            boolean replayed =
                    reply.headers().firstValue("Idempotency-Replayed").isPresent();
            history.add(
                    "acknowledged",
                    Map.of("key", key, "id", id, "status", reply.status(), "replayed", replayed, "note", note));
            return id;
        }
        String code = reply.json().path("code").asString("");
        history.add("refused", Map.of("key", key, "status", reply.status(), "code", code));
        return null;
    }

    private void cancel(List<Offpeak> apis, String id, Random random) {
        Reply reply = untilAnswered(apis, random, "POST", "/v1/jobs/" + id + "/cancel", null);
        if (reply != null) {
            history.add("cancel", Map.of("id", id, "status", reply.status()));
        }
    }

    /// @return null where nobody answered in all the time, or only that it cannot
    private @Nullable Reply untilAnswered(
            List<Offpeak> apis,
            Random random,
            String method,
            String path,
            @Nullable ObjectNode body,
            String... headers) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        int api = random.nextInt(apis.size());
        for (long pause = 100_000_000L; System.nanoTime() < end; pause = Math.min(2 * pause, 2_000_000_000L)) {
            try {
                Reply reply = apis.get(api).send(method, path, body, headers);
                // 409 for a key: its first request is still under way
                boolean again = reply.status() >= 500
                        || reply.status() == 429
                        || (reply.status() == 409 && path.equals("/v1/jobs"));
                if (!again) {
                    return reply;
                }
            } catch (UncheckedIOException _) {
                // gone, or going: another one may answer
            }
            api = (api + 1) % apis.size();
            Waiting.untilNanos(System.nanoTime() + pause / 2 + random.nextLong(pause));
        }
        return null;
    }
}
