package dev.offpeak.bench.stock;

import org.jobrunr.jobs.lambdas.JobRequest;

/// A task that does nothing. Public because JobRunr calls by reflection.
///
/// @param number tells the tasks of one run apart
public record NumberedTask(int number) implements JobRequest {
    @Override
    public Class<NumberedTaskHandler> getJobRequestHandler() {
        return NumberedTaskHandler.class;
    }
}
