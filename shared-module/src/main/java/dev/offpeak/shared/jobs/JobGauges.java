package dev.offpeak.shared.jobs;

import java.time.Duration;
import java.util.Map;

/// How many jobs there are that have not ended, for operators.
public interface JobGauges {

    /// Every status that is not terminal, with zero where there is none.
    Map<JobStatus, Long> unfinished();

    /// Age of the oldest job that is due and not running; zero where there is none.
    Duration oldestDue();
}
