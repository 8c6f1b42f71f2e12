package dev.offpeak.bench.stock;

import org.jobrunr.jobs.lambdas.JobRequest;

/// A task that runs until its round is over. Public because JobRunr calls by reflection.
///
/// @param number tells the tasks of one run apart, and grows from round to round
public record HeldTask(int number) implements JobRequest {
    @Override
    public Class<HeldTaskHandler> getJobRequestHandler() {
        return HeldTaskHandler.class;
    }
}
