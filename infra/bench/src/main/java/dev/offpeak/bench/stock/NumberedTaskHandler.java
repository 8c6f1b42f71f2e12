package dev.offpeak.bench.stock;

import java.util.function.IntConsumer;
import org.jobrunr.jobs.lambdas.JobRequestHandler;

/// Says that a task started, and nothing else.
public final class NumberedTaskHandler implements JobRequestHandler<NumberedTask> {

    private final IntConsumer started;

    NumberedTaskHandler(IntConsumer started) {
        this.started = started;
    }

    @Override
    public void run(NumberedTask task) {
        started.accept(task.number());
    }
}
