package dev.offpeak.shared.jobs;

import org.jspecify.annotations.Nullable;

/// By which way a job was answered, as far as that is known.
public record Route(
        Lane lane, @Nullable String provider, @Nullable String model) {}
