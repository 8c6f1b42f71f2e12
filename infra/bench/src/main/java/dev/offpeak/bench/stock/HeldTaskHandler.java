package dev.offpeak.bench.stock;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jobrunr.jobs.lambdas.JobRequestHandler;

/// Writes down when and where a task starts, then holds it.
public final class HeldTaskHandler implements JobRequestHandler<HeldTask> {

    private static final Duration LOOK_EVERY = Duration.ofMillis(500);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final StockStarts starts;

    HeldTaskHandler(StockStarts starts) {
        this.starts = starts;
    }

    @Override
    public void run(HeldTask task) {
        starts.started(task.number(), ProcessHandle.current().pid());
        long end = System.nanoTime() + LONGEST.toNanos();
        while (!starts.isOver(task.number())
                && System.nanoTime() < end
                && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(LOOK_EVERY.toNanos());
        }
    }
}
