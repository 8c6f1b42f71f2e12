package dev.offpeak.worker.lanes.direct;

import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// The direct lane.
///
/// @param permits calls that all workers together may have in flight at one account, until the provider complains
/// @param permitWait how long an attempt waits for a permit before it lets go of its worker
/// @param defaultPause how long to leave a provider alone that complains without saying for how long
/// @param flexPause how long to wait where a provider has no capacity to spare for calls of its flex tier
/// @param longestPause the most that a provider's Retry-After is believed
@Validated
@ConfigurationProperties("offpeak.lanes.direct")
record DirectLaneSettings(
        @DefaultValue("256") @Min(1) int permits,
        @DefaultValue("500ms") Duration permitWait,
        @DefaultValue("1s") Duration defaultPause,
        @DefaultValue("30s") Duration flexPause,
        @DefaultValue("10m") Duration longestPause) {}
