package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.bench.Json;
import dev.offpeak.bench.LineResults;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.Reply;
import dev.offpeak.bench.Simulator;
import dev.offpeak.bench.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.node.ObjectNode;

/// Clients that upload bulks, whatever happens: each with a key, sent again with the same key while there is no answer.
/// Most are small, some have provider batches of their own. In the end each client reads its results.
final class Uploads implements AutoCloseable {

    private static final String OPENAI = "wait-openai";
    private static final String ANTHROPIC = "wait-anthropic";

    /// Of these a few have provider batches of their own: from a thousand lines on.
    private static final int FEW_LINES = 30;
    private static final int MANY_LINES = 1_050;

    /// Of some small ones the end of each line is told, too.
    private static final int LINES_TOLD_EVERY = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(180);

    private final long seed;
    private final Duration every;
    private final int manyEvery;
    private final List<List<Offpeak>> tenants;
    private final Receiver receiver;
    private final Simulator simulator;
    private final History history;
    private final Path folder;
    private final AtomicInteger broken = new AtomicInteger();
    private final AtomicInteger acknowledged = new AtomicInteger();
    private final Queue<Taken> taken = new ConcurrentLinkedQueue<>();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Thread ticker = Thread.ofPlatform().daemon().name("uploads").unstarted(this::tick);
    private final Semaphore working = new Semaphore(Integer.MAX_VALUE);
    private volatile boolean stopping;

    private record Taken(String name, int tenant, int lines, String id) {}

    /// @param manyEvery which upload is one with provider batches of its own: the second of so many
    /// @param tenants by tenant, a client of each API
    /// @param folder where the bodies lie until they are sent
    Uploads(
            long seed,
            Duration every,
            int manyEvery,
            List<List<Offpeak>> tenants,
            Receiver receiver,
            Simulator simulator,
            History history,
            Path folder) {
        this.seed = seed;
        this.every = every;
        this.manyEvery = manyEvery;
        this.tenants = tenants;
        this.receiver = receiver;
        this.simulator = simulator;
        this.history = history;
        this.folder = folder;
    }

    /// @param number that decides which of both
    static String workflow(int number) {
        return number % 2 == 0 ? OPENAI : ANTHROPIC;
    }

    static String key(String name, int number) {
        return name + "-" + number;
    }

    /// @return the upload that a line's custom id, or key, is of; empty for none
    static String nameOf(String customId) {
        int dash = customId.lastIndexOf('-');
        return dash < 0 ? "" : customId.substring(0, dash);
    }

    static String answer(String key, long seed) {
        return "It is about line " + key + " of run " + seed + " alone.";
    }

    private String prompt(String key) {
        return "What is this line about? " + key + " of run " + seed;
    }

    /// Makes the workflows, before the first jobs and uploads come.
    void prepare() {
        for (List<Offpeak> apis : tenants) {
            apis.getFirst().putWorkflow(OPENAI, workflow("openai", "gpt-4o-mini"));
            apis.getFirst().putWorkflow(ANTHROPIC, workflow("anthropic", "claude-haiku-4-5"));
        }
    }

    private static ObjectNode workflow(String provider, String model) {
        ObjectNode workflow = Json.object()
                .put("tier", "fast")
                .put("lane", "batch")
                .put("provider", provider)
                .put("fast_model", model)
                .put("full_model", model)
                .put("max_output_tokens", 300)
                .put("deadline", "PT24H");
        workflow.putObject("cache").put("mode", "off").put("reason", "every prompt of the run is another");
        return workflow;
    }

    void start() {
        ticker.start();
    }

    /// How many uploads a `202` has named.
    int acknowledged() {
        return acknowledged.get();
    }

    /// Uploads no more, and waits for the answers.
    ///
    /// @return whether all clients came to an end, none by a mistake of its own
    boolean finish() throws InterruptedException {
        stopping = true;
        ticker.join(Duration.ofSeconds(15));
        return working.tryAcquire(Integer.MAX_VALUE, PATIENCE.toSeconds() + 30, TimeUnit.SECONDS) && broken.get() == 0;
    }

    /// Each client reads what came of its lines, once all work is done.
    void readResults() {
        for (Taken one : taken) {
            var results = new LineResults(one.name(), one.lines());
            try {
                tenants.get(one.tenant()).getFirst().eachResult(one.id(), results::add);
                history.add(
                        "upload results",
                        Map.of(
                                "key",
                                one.name(),
                                "missing",
                                results.missing(),
                                "repeated",
                                results.repeated(),
                                "unknown",
                                results.unknown(),
                                "unfinished",
                                results.unfinished()));
            } catch (UncheckedIOException | IllegalStateException e) {
                history.add("upload results unreadable", Map.of("key", one.name(), "why", e));
            }
        }
    }

    @Override
    public void close() {
        stopping = true;
        clients.shutdownNow();
    }

    private void tick() {
        long start = System.nanoTime();
        for (int number = 0; !stopping; number++) {
            Waiting.untilNanos(start + number * every.toNanos());
            if (stopping) {
                return;
            }
            int upload = number;
            working.acquireUninterruptibly();
            clients.execute(() -> {
                try {
                    live(upload);
                } catch (RuntimeException | IOException e) {
                    broken.incrementAndGet();
                    history.add("uploader broke", Map.of("key", "u" + upload, "why", e));
                } finally {
                    working.release();
                }
            });
        }
    }

    private void live(int number) throws IOException {
        var random = new Random(seed * 2_000_003 + number);
        String name = "u" + number;
        int tenant = number % tenants.size();
        int lines = number % manyEvery == 1 ? MANY_LINES : FEW_LINES;
        boolean lineWebhooks = lines == FEW_LINES && number % LINES_TOLD_EVERY == LINES_TOLD_EVERY - 1;
        boolean webhook = random.nextInt(100) < 70 || lineWebhooks;
        boolean cancelled = lines == FEW_LINES && random.nextInt(100) < 6;
        List<Offpeak> apis = tenants.get(tenant);
        Path body = folder.resolve(name + ".ndjson");
        try {
            write(body, name, lines);
            history.add(
                    "upload",
                    Map.of(
                            "key",
                            name,
                            "tenant",
                            tenant,
                            "lines",
                            lines,
                            "webhook",
                            webhook,
                            "lineWebhooks",
                            lineWebhooks,
                            "seed",
                            seed));
            String query = "workflow=" + workflow(random.nextInt(2))
                    + (webhook ? "&webhook_url=" + URLEncoder.encode(receiver.bulkUrl(tenant), UTF_8) : "")
                    + (lineWebhooks ? "&line_webhooks=true" : "");
            Reply reply = Load.untilAnswered(
                    apis, random, true, api -> api.upload(query, body, "Idempotency-Key", "upload-" + name));
            if (reply == null) {
                history.add("upload unanswered", Map.of("key", name));
            } else if (reply.status() == 202) {
                String id = reply.json().path("id").asString("");
                history.add("upload acknowledged", Map.of("key", name, "id", id));
                acknowledged.incrementAndGet();
                taken.add(new Taken(name, tenant, lines, id));
                if (cancelled) {
                    Waiting.untilNanos(System.nanoTime() + random.nextLong(8_000_000_000L));
                    history.add("upload cancelling", Map.of("key", name, "id", id));
                    Load.untilAnswered(
                            apis, random, false, api -> api.send("POST", "/v1/batches/" + id + "/cancel", null));
                }
            } else {
                String code = reply.json().path("code").asString("");
                history.add("upload refused", Map.of("key", name, "status", reply.status(), "code", code));
            }
        } finally {
            Files.deleteIfExists(body);
        }
    }

    private void write(Path body, String name, int lines) throws IOException {
        var text = new StringBuilder();
        var answers = new LinkedHashMap<String, String>();
        for (int line = 0; line < lines; line++) {
            String key = key(name, line);
            answers.put(prompt(key), answer(key, seed));
            ObjectNode job = Json.object()
                    .put("custom_id", key)
                    .put("prompt", prompt(key))
                    .put("user", "u" + line % 7);
            job.putObject("metadata").put("key", key);
            text.append(job).append('\n');
        }
        Files.writeString(body, text);
        if (!Load.teach(simulator, answers, history)) {
            throw new IllegalStateException("the simulator did not take the answers of " + name);
        }
    }
}
