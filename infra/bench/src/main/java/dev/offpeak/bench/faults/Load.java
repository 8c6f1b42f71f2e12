package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.bench.Json;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.Reply;
import dev.offpeak.bench.Simulator;
import dev.offpeak.bench.Waiting;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Clients that submit at a fixed rate, whatever happens: each job with a key, sent again with the same key while there
/// is no answer or a 5xx, as a client should. What a job is like comes from the seed and its number.
final class Load implements AutoCloseable {

    /// A client's patience, longer than the longest outage of the run.
    private static final Duration PATIENCE = Duration.ofSeconds(150);

    /// Of the jobs, so many may go through a provider batch.
    private static final int WAITING_PER_HUNDRED = 12;

    private static final String ACKNOWLEDGED_AGAIN = "again";

    /// The simulator learns so many answers at once, well before their prompts come.
    private static final int ANSWERS = 1000;

    private final long seed;
    private final int rate;
    private final List<List<Offpeak>> tenants;
    private final Receiver receiver;
    private final Simulator simulator;
    private final History history;
    private final AtomicInteger submitted = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final AtomicInteger broken = new AtomicInteger();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticker = Thread.ofPlatform().daemon().name("load").unstarted(this::tick);
    private final Semaphore working = new Semaphore(Integer.MAX_VALUE);
    private volatile boolean stopping;

    /// @param tenants by tenant, a client of each API
    Load(long seed, int rate, List<List<Offpeak>> tenants, Receiver receiver, Simulator simulator, History history) {
        this.seed = seed;
        this.rate = rate;
        this.tenants = tenants;
        this.receiver = receiver;
        this.simulator = simulator;
        this.history = history;
    }

    void start() {
        teach(0);
        ticker.start();
    }

    int submitted() {
        return submitted.get();
    }

    /// How many jobs a `200` or `202` has named.
    int acknowledged() {
        return acknowledged.get();
    }

    /// Submits no more, and waits for the answers.
    ///
    /// @return whether all clients came to an end, none by a mistake of its own
    boolean finish() throws InterruptedException {
        stopping = true;
        ticker.join(Duration.ofSeconds(15));
        return working.tryAcquire(Integer.MAX_VALUE, PATIENCE.toSeconds() + 30, TimeUnit.SECONDS) && broken.get() == 0;
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
            if (number % ANSWERS == 0) {
                teach(number + ANSWERS);
            }
            int job = number;
            submitted.incrementAndGet();
            working.acquireUninterruptibly();
            clients.execute(() -> {
                try {
                    live(job);
                } catch (RuntimeException e) {
                    broken.incrementAndGet();
                    history.add("client broke", Map.of("key", key(job), "why", e));
                } finally {
                    working.release();
                }
            });
        }
    }

    /// Tells the simulator what to answer, to each prompt something else.
    private void teach(int first) {
        var answers = new LinkedHashMap<String, String>();
        for (int number = first; number < first + ANSWERS; number++) {
            answers.put(prompt(number), answer(number));
        }
        if (!teach(simulator, answers, history)) {
            broken.incrementAndGet();
        }
    }

    /// @param answers by prompt
    /// @return whether the simulator took them
    static boolean teach(Simulator simulator, Map<String, String> answers, History history) {
        var lines = new StringBuilder();
        answers.forEach((prompt, answer) -> lines.append(
                        Json.object().put("prompt", prompt).put("answer", answer))
                .append('\n'));
        try {
            simulator
                    .call("PUT", "/_sim/answers", lines.toString().getBytes(UTF_8), List.of())
                    .expect(200);
            return true;
        } catch (UncheckedIOException | IllegalStateException e) {
            history.add("answers not taken", Map.of("why", e));
            return false;
        }
    }

    private static String key(int number) {
        return "job-" + number;
    }

    private String prompt(int number) {
        return "What is this about? " + key(number) + " of run " + seed;
    }

    private String answer(int number) {
        return "It is about " + key(number) + " of run " + seed + " alone.";
    }

    /// What one job is like; shares are per hundred. Tenants take turns, and one job of each has the same key.
    private void live(int number) {
        var random = new Random(seed * 1_000_003 + number);
        int tenant = number % tenants.size();
        List<Offpeak> apis = tenants.get(tenant);
        String key = key(number);
        String idempotencyKey = "request-" + number / tenants.size();
        int kind = random.nextInt(100);
        boolean waits = kind < WAITING_PER_HUNDRED;
        ObjectNode job = Json.object()
                .put("workflow", waits ? Uploads.workflow(kind) : kind < 80 ? "classify" : "generate")
                .put("prompt", prompt(number))
                .put("user", "u" + random.nextInt(20));
        job.putObject("metadata").put("key", key);
        boolean webhook = random.nextInt(100) < 40;
        if (webhook) {
            job.putObject("webhook").put("url", receiver.url(tenant)).put("secret", receiver.secretText(tenant));
        }
        // In a provider batch that comes back late, such a deadline is met by a rescue alone.
        boolean due = waits && random.nextInt(100) < 60;
        if (due) {
            job.put("deadline", "PT" + random.nextInt(60, 150) + "S");
        }
        boolean hurried = !waits && random.nextInt(100) < 3;
        if (hurried) {
            job.put("deadline", random.nextBoolean() ? "PT0.3S" : "PT1.2S"); // too short for a call, and just enough
        }
        boolean cancelled = random.nextInt(100) < 4;
        boolean sentTwice = random.nextInt(100) < 3;
        history.add(
                "submit",
                Map.of(
                        "key",
                        key,
                        "tenant",
                        tenant,
                        "webhook",
                        webhook,
                        "hurried",
                        hurried || due,
                        "waits",
                        waits,
                        "answer",
                        answer(number)));
        String id = submit(apis, key, idempotencyKey, job, random, "");
        if (id != null) {
            acknowledged.incrementAndGet();
        }
        if (id != null && sentTwice) {
            submit(apis, key, idempotencyKey, job, random, ACKNOWLEDGED_AGAIN);
        }
        if (id != null && cancelled) {
            Waiting.untilNanos(System.nanoTime() + random.nextLong(400_000_000L));
            history.add("cancelling", Map.of("key", key, "id", id));
            cancel(apis, key, id, random);
        }
    }

    private @Nullable String submit(
            List<Offpeak> apis, String key, String idempotencyKey, ObjectNode job, Random random, String note) {
        Reply reply = untilAnswered(apis, random, "POST", "/v1/jobs", job, "Idempotency-Key", idempotencyKey);
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

    private void cancel(List<Offpeak> apis, String key, String id, Random random) {
        Reply reply = untilAnswered(apis, random, "POST", "/v1/jobs/" + id + "/cancel", null);
        if (reply != null) {
            history.add("cancel", Map.of("key", key, "id", id, "status", reply.status()));
        }
    }

    private @Nullable Reply untilAnswered(
            List<Offpeak> apis,
            Random random,
            String method,
            String path,
            @Nullable ObjectNode body,
            String... headers) {
        boolean keyed = path.equals("/v1/jobs");
        return untilAnswered(apis, random, keyed, api -> api.send(method, path, body, headers));
    }

    /// @param keyed a 409 says that the first request with its key is still under way
    /// @return null where nobody answered in all the time, or only that it cannot
    static @Nullable Reply untilAnswered(
            List<Offpeak> apis, Random random, boolean keyed, Function<Offpeak, Reply> request) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        int api = random.nextInt(apis.size());
        for (long pause = 100_000_000L; System.nanoTime() < end; pause = Math.min(2 * pause, 2_000_000_000L)) {
            try {
                Reply reply = request.apply(apis.get(api));
                boolean again = reply.status() >= 500 || reply.status() == 429 || (reply.status() == 409 && keyed);
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
