package dev.offpeak.shared.jobs;

import java.time.Duration;
import java.time.Instant;

/// When a job has to be finished. A duration counts from the submission on the database's clock.
public sealed interface Deadline {

    record In(Duration duration) implements Deadline {}

    record At(Instant instant) implements Deadline {}
}
