package dev.offpeak.worker.engine;

import dev.offpeak.shared.queue.Pool;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// @param workers how many jobs run at once, each on a virtual thread; the places of the other pools come on top
/// @param pools how many tasks of the other pools run at once
/// @param pollEvery JobRunr's own poll, the fallback where a signal is lost; it takes no less than five seconds
/// @param drain how long a stopping worker waits for what it runs; longer than a call to a provider may take
/// @param beatEvery how often a worker says that it lives
/// @param deadAfter how old its last beat is when a worker counts as dead; its jobs are then taken back
/// @param connections of the engine's own pool
@ConfigurationProperties("offpeak.engine")
@Validated
record EngineSettings(
        @DefaultValue("64") @Min(1) int workers,
        @DefaultValue @Valid Pools pools,
        @DefaultValue("5s") Duration pollEvery,
        @DefaultValue("130s") Duration drain,
        @DefaultValue("2s") Duration beatEvery,
        @DefaultValue("8s") Duration deadAfter,
        @DefaultValue("8") @Min(2) int connections) {

    /// Places that no job can take, and whose tasks take none of the jobs'.
    ///
    /// @param deliveries webhooks that are sent at once
    /// @param bulk tasks that feed bulk work into the queue
    /// @param upkeep fan-outs and what the clock asks for
    record Pools(
            @DefaultValue("32") @Min(1) int deliveries,
            @DefaultValue("4") @Min(1) int bulk,
            @DefaultValue("4") @Min(1) int upkeep) {}

    Places places() {
        return new Places(Map.of(
                Pool.INTERACTIVE, workers,
                Pool.DELIVERIES, pools.deliveries,
                Pool.BULK, pools.bulk,
                Pool.UPKEEP, pools.upkeep));
    }
}
