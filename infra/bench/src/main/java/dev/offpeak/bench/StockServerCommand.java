package dev.offpeak.bench;

import dev.offpeak.bench.stock.StockJobRunr;
import java.time.Duration;

/// One stock server in a process of its own, for `worker-killed` to kill. It ends with the process that started it.
final class StockServerCommand implements Command {

    private final StockServer server;
    private final Duration longest;

    StockServerCommand(Arguments arguments) {
        this.server = StockServer.required(arguments);
        this.longest = Duration.ofSeconds(arguments.whole("seconds", 3_600, 1, 7_200));
    }

    @Override
    public Findings run() {
        var parent = ProcessHandle.current().parent();
        try (var stock = StockJobRunr.join(server.url(), server.user(), server.password(), server.workers())) {
            stock.start(WorkerKilledBench.STOCK_POLL);
            stock.starts().ready(ProcessHandle.current().pid());
            Waiting.until(() -> !parent.map(ProcessHandle::isAlive).orElse(false), longest, Duration.ofSeconds(1));
        }
        return new Findings(true, Json.object());
    }
}
