package dev.offpeak.worker.generation;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// How often and how patiently a generation job is tried.
///
/// @param maxAttempts tries at a job, the first included; a snooze is none
/// @param backoffBase the first retry waits a random time up to this, the next up to twice it, and so on
/// @param backoffCap the most that a retry waits
/// @param snooze how long to wait where a provider is busy and nobody said for how long
/// @param keepAnswer how long a paid answer is kept and offered to a database that is away
/// @param watchEvery how often a worker looks whether the jobs it holds were cancelled or taken over
@Validated
@ConfigurationProperties("offpeak.generation")
record GenerationSettings(
        @DefaultValue("6") @Min(1) int maxAttempts,
        @DefaultValue("1s") Duration backoffBase,
        @DefaultValue("60s") Duration backoffCap,
        @DefaultValue("500ms") Duration snooze,
        @DefaultValue("10m") Duration keepAnswer,
        @DefaultValue("250ms") Duration watchEvery) {}
