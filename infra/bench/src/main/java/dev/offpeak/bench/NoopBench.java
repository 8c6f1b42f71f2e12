package dev.offpeak.bench;

import dev.offpeak.bench.stock.StockJobRunr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Jobs that do nothing, through Offpeak's engine and through stock JobRunr on the same PostgreSQL, one after the
/// other.
///
/// From outside, Offpeak's no-op is a job that may cost less than any call does: the worker claims it, moves its fence,
/// and finishes it as `max_cost_exceeded` in the fenced transaction; no provider is called. With `--worker-command` all
/// jobs are submitted before the worker starts, as stock JobRunr's are, and the figure is a drain; without it the
/// worker
/// runs meanwhile, and intake over HTTP shares the machine and bounds the figure.
final class NoopBench implements Command {

    private final Offpeak offpeak;
    private final Simulator simulator;
    private final @Nullable StockServer stockServer;
    private final @Nullable String workerCommand;
    private final Prompts prompts;
    private final String workflow;
    private final int count;
    private final int clients;
    private final Duration patience;

    NoopBench(Arguments arguments, Clock clock) {
        var http = new Http();
        this.offpeak = Offpeak.from(arguments, http);
        this.simulator = Simulator.from(arguments, http);
        this.stockServer = StockServer.from(arguments);
        this.workerCommand = arguments.find("worker-command");
        this.prompts = Runs.prompts("noop", arguments, clock);
        this.workflow = arguments.text("workflow", "classify");
        this.count = arguments.whole("count", 20_000, 1, 200_000);
        this.clients = arguments.whole("clients", 32, 1, 512);
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 300, 1, 1_800));
    }

    @Override
    public Findings run() throws Exception {
        var figures = Json.object();
        boolean passed = offpeak(figures);
        if (stockServer == null) {
            figures.put("stock_jobrunr", "not measured: no --postgres given");
        } else {
            passed &= stock(stockServer, figures);
        }
        return new Findings(passed, figures);
    }

    private boolean offpeak(ObjectNode figures) throws IOException, InterruptedException {
        figures.put(
                "offpeak_no_op",
                "a job whose max_cost_usd is below any price: claim, fence, fenced finish as max_cost_exceeded, no call");
        SimulatorStats before = simulator.stats();
        Submissions sent = Submissions.send(
                offpeak, count, clients, number -> prompts.job(workflow, number).put("max_cost_usd", "0.000000000001"));
        figures.set("offpeak_intake", sent.json());
        figures.put("offpeak_mode", workerCommand == null ? "flow: the worker runs during intake" : "drain");
        boolean ended = workerCommand == null ? offpeak.awaitIdle(patience) : drainWith(workerCommand);

        Collection<JsonNode> jobs = offpeak.read(sent.ids()).values();
        Throughput throughput = workerCommand == null ? Throughput.fromSubmission(jobs) : Throughput.ofEnds(jobs);
        figures.set("offpeak", throughput.json());
        long expected = jobs.stream()
                .filter(job -> "failed".equals(job.path("status").asString())
                        && "max_cost_exceeded"
                                .equals(job.path("error").path("code").asString("")))
                .count();
        long executions = simulator.stats().since(before).executions();
        figures.put("ended_as_max_cost_exceeded", expected).put("provider_executions", executions);
        return ended && expected == count && executions == 0;
    }

    private boolean drainWith(String command) throws IOException, InterruptedException {
        Path log = Files.createTempFile("offpeak-bench-worker", ".log");
        Process worker = Processes.start(command, log);
        try {
            return offpeak.awaitIdle(patience);
        } finally {
            Processes.stop(worker);
        }
    }

    private boolean stock(StockServer server, ObjectNode figures) {
        var started = new AtomicInteger();
        var first = new AtomicLong();
        var half = new AtomicLong();
        var last = new AtomicLong();
        try (var stock = StockJobRunr.open(server.url(), server.user(), server.password(), server.workers())) {
            figures.put("postgres", stock.postgresVersion());
            long enqueueStart = System.nanoTime();
            stock.enqueueAll(count);
            double enqueuePerSecond = count * 1e9 / (System.nanoTime() - enqueueStart);
            stock.onStart(_ -> {
                long now = System.nanoTime();
                first.compareAndSet(0, now);
                last.accumulateAndGet(now, Math::max);
                if (started.incrementAndGet() == count / 2) {
                    half.set(now);
                }
            });
            stock.start(Duration.ofSeconds(5));
            boolean all = Waiting.until(() -> started.get() >= count, patience, Duration.ofMillis(50));
            double seconds = (last.get() - first.get()) / (double) TimeUnit.SECONDS.toNanos(1);
            figures.putObject("stock_jobrunr")
                    .put("jobs", started.get())
                    .put("workers", server.workers())
                    .put("bulk_enqueue_per_second", Math.round(enqueuePerSecond))
                    .put("seconds", Math.round(seconds * 1000) / 1000.0)
                    .put("jobs_per_second", Math.round(10 * started.get() / seconds) / 10.0)
                    .put("second_half_jobs_per_second", Math.round(5e8 * count / (last.get() - half.get())));
            return all;
        }
    }
}
