package dev.offpeak.worker.lanes.batch;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// How results of ended provider batches are read.
///
/// @param retryAfter how long to wait where results cannot be read yet
/// @param outputGrace how long an output file may lag behind a batch that says it has answers
/// @param errorGrace how long an error file may lag, and results that a batch counts may be missing from
///     its files
/// @param resultsGrace how long a provider may refuse to show results before their lines are given up as
///     lost
/// @param quotaPause how long an account rests after a batch was refused for its limit; doubles with
///     every refusal
@Validated
@ConfigurationProperties("offpeak.lanes.batch.reconcile")
record ReconcileSettings(
        @DefaultValue("5s") Duration retryAfter,
        @DefaultValue("10m") Duration outputGrace,
        @DefaultValue("10s") Duration errorGrace,
        @DefaultValue("1h") Duration resultsGrace,
        @DefaultValue("15s") Duration quotaPause) {}
