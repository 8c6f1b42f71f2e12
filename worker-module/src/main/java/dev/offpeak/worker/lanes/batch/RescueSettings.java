package dev.offpeak.worker.lanes.batch;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// When jobs are called directly because their lines may come too late.
///
/// @param margin how much earlier than needed to begin
/// @param permits calls at an account that rescues count on, all workers together
/// @param permitsPerWorker calls that rescues count on in each worker that lives
@Validated
@ConfigurationProperties("offpeak.lanes.batch.rescue")
record RescueSettings(
        @DefaultValue("5s") Duration margin,
        @DefaultValue("256") @Min(1) int permits,
        @DefaultValue("48") @Min(1) int permitsPerWorker) {}
