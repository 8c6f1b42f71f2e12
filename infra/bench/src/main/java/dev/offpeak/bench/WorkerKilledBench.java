package dev.offpeak.bench;

import dev.offpeak.bench.stock.StockJobRunr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import tools.jackson.databind.node.ObjectNode;

/// `kill -9` of one of two workers: how soon the jobs it held are called for again by the other one, on the database's
/// clock, and in the same run how soon stock JobRunr starts again the tasks of one of its two servers. The rounds of
/// both take turns. All processes are the bench's own, and so are the two databases; it drops them at the end.
final class WorkerKilledBench implements Command {

    static final Duration STOCK_POLL = Duration.ofSeconds(5);

    private final StockServer postgres;
    private final String redis;
    private final OffpeakPair.Commands commands;
    private final Prompts prompts;
    private final String database;
    private final int rounds;
    private final int jobs;
    private final Duration latency;
    private final Duration patience;
    private final boolean withStock;

    WorkerKilledBench(Arguments arguments, Clock clock) {
        this.postgres = StockServer.required(arguments);
        this.redis = arguments.text("redis", "redis://127.0.0.1:6379");
        this.commands = OffpeakPair.Commands.from(arguments);
        this.prompts = Runs.prompts("worker-killed", arguments, clock);
        this.database = "offpeak_bench_killed_" + ProcessHandle.current().pid();
        this.rounds = arguments.whole("rounds", 5, 1, 50);
        this.jobs = arguments.whole("jobs", 20, 2, 60);
        this.latency = Duration.ofMillis(arguments.whole("latency-ms", 100_000, 1_000, 110_000));
        this.patience = Duration.ofSeconds(arguments.whole("patience-seconds", 90, 10, 600));
        this.withStock = arguments.yes("stock", true);
    }

    @Override
    public Findings run() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("offpeak-bench-killed");
        ObjectNode figures = Json.object().put("logs", folder.toString());
        try (var own = JdbcRunDatabase.create(postgres, database);
                var held = JdbcHeldJobs.open(own.url(), postgres.user(), postgres.password());
                var processes = new OwnProcesses()) {
            figures.put("postgres", held.postgresVersion());
            var pair = new OffpeakPair(processes, own, held, commands, redis, folder, prompts);
            pair.open(latency);
            var offpeak = new KillRounds(pair, jobs, patience);
            offpeak.open();
            if (withStock) {
                return beside(offpeak, processes, folder, figures);
            }
            for (int round = 0; round < rounds; round++) {
                offpeak.round(round);
            }
            return findings(offpeak, figures.put("stock_jobrunr", "not measured: --stock no"));
        }
    }

    private Findings beside(KillRounds offpeak, OwnProcesses processes, Path folder, ObjectNode figures)
            throws IOException, InterruptedException {
        try (var scheduler =
                StockJobRunr.open(postgres.url(), postgres.user(), postgres.password(), postgres.workers())) {
            var stock = new KillRounds(new StockPair(postgres, scheduler, processes, folder), jobs, patience);
            stock.open();
            for (int round = 0; round < rounds; round++) {
                offpeak.round(round);
                stock.round(round);
            }
            ObjectNode ofStock = stock.json();
            ofStock.put("poll_seconds", STOCK_POLL.toSeconds()).put("workers", postgres.workers());
            figures.set("stock_jobrunr", ofStock);
            Findings findings = findings(offpeak, figures);
            return new Findings(findings.passed() && stock.whole(), figures);
        }
    }

    private static Findings findings(KillRounds offpeak, ObjectNode figures) {
        figures.set("offpeak", offpeak.json());
        boolean soon = offpeak.whole() && offpeak.latencies().percentileMillis(95) <= 20_000;
        figures.putObject("goals").put("p95_at_most_20_s", soon);
        return new Findings(offpeak.whole(), figures);
    }
}
