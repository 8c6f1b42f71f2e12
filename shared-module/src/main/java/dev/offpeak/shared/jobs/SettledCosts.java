package dev.offpeak.shared.jobs;

/// Tells receivers that a cost is final which was not when they were told of the job's end.
public interface SettledCosts {

    String MESSAGE = "job.cost_settled";

    /// Writes the messages of jobs that have nothing open any more, each once, with their deliveries. One whose message
    /// cannot be written is looked at again a minute later.
    ///
    /// @param limit how many jobs to look at in one go
    /// @return how many were done; less than the limit where nothing is left
    int announce(int limit);
}
