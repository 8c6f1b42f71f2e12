package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of a job, `job_…` outside. It carries the millisecond in which the job was created.
public record JobId(UUID value) {

    private static final String PREFIX = "job";

    /// @return empty where the text is no such id
    public static Optional<JobId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(JobId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
