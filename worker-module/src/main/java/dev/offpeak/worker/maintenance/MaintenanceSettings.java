package dev.offpeak.worker.maintenance;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param dueEvery how long due work may wait to be woken
/// @param forgottenEvery how often due work without a live task is looked for
/// @param gaugesEvery how often the gauges of the whole cluster are read
/// @param lastTurn how long a stop waits for a turn under way
@ConfigurationProperties("offpeak.maintenance")
record MaintenanceSettings(
        @DefaultValue("200ms") Duration dueEvery,
        @DefaultValue("10s") Duration forgottenEvery,
        @DefaultValue("5s") Duration gaugesEvery,
        @DefaultValue("5s") Duration lastTurn) {}
