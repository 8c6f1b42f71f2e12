package dev.offpeak.bench;

import dev.offpeak.bench.stock.StockJobRunr;
import dev.offpeak.bench.stock.StockStarts;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/// Two stock servers, each a process of this bench's own program.
final class StockPair implements WorkerPair {

    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    private final StockServer server;
    private final StockJobRunr scheduler;
    private final StockStarts starts;
    private final OwnProcesses processes;
    private final Path log;
    private int newest;

    StockPair(StockServer server, StockJobRunr scheduler, OwnProcesses processes, Path folder) {
        this.server = server;
        this.scheduler = scheduler;
        this.starts = scheduler.starts();
        this.processes = processes;
        this.log = folder.resolve("stock.log");
        starts.createTables();
    }

    @Override
    public Process startWorker() throws IOException, InterruptedException {
        String database = StockJobRunr.databaseBeside(server.url());
        String password = server.password().isEmpty() ? "" : " --postgres-password '" + server.password() + "'";
        Process process = processes.start(
                bench() + " stock-server --postgres '" + database + "' --postgres-user '" + server.user() + "'"
                        + password + " --workers " + server.workers(),
                log,
                Map.of());
        boolean ready = Waiting.until(
                () -> !process.isAlive() || starts.isReady(process.pid()), LONGEST_START, Duration.ofMillis(100));
        if (!ready || !process.isAlive()) {
            throw new IllegalStateException("a stock JobRunr server did not start, see " + log);
        }
        return process;
    }

    @Override
    public void submit(int number) {
        newest = number;
        scheduler.enqueueHeld(number);
    }

    @Override
    public Map<String, Hold> heldBy(Process worker) {
        var held = new HashMap<String, Hold>();
        starts.heldBy(worker.pid()).forEach(number -> held.put(Integer.toString(number), Hold.RUNNING));
        return held;
    }

    @Override
    public Instant now() {
        return starts.now();
    }

    @Override
    public Map<String, Instant> startedElsewhere(Collection<String> tasks, Process dead, Instant after) {
        var found = new HashMap<String, Instant>();
        starts.startedElsewhere(tasks.stream().map(Integer::valueOf).toList(), dead.pid(), after)
                .forEach((number, start) -> found.put(Integer.toString(number), start));
        return found;
    }

    @Override
    public void endRound() {
        starts.end(newest);
    }

    /// This very program again, from its jar or from its classes.
    private static String bench() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String path = System.getProperty("java.class.path");
        boolean jar = path.endsWith(".jar") && !path.contains(File.pathSeparator);
        return "'" + java + "' -Xmx256m "
                + (jar ? "-jar '" + path + "'" : "-cp '" + path + "' " + Bench.class.getName());
    }
}
