package dev.offpeak.worker.engine;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// @param workers how many tasks run at once, each on a virtual thread
/// @param pollEvery JobRunr's own poll, the fallback where a signal is lost; it takes no less than five seconds
/// @param drain how long a stopping worker waits for what it runs; longer than a call to a provider may take
/// @param beatEvery how often a worker says that it lives
/// @param deadAfter how old its last beat is when a worker counts as dead; its jobs are then taken back
/// @param connections of the engine's own pool
@ConfigurationProperties("offpeak.engine")
@Validated
record EngineSettings(
        @DefaultValue("64") @Min(1) int workers,
        @DefaultValue("5s") Duration pollEvery,
        @DefaultValue("130s") Duration drain,
        @DefaultValue("2s") Duration beatEvery,
        @DefaultValue("8s") Duration deadAfter,
        @DefaultValue("8") @Min(2) int connections) {}
