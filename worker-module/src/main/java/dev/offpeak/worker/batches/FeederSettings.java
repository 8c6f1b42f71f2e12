package dev.offpeak.worker.batches;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How bulk lines are handed on.
///
/// @param ownFrom lines from which a bulk has provider batches to itself, so that its cancel reaches the provider;
///     smaller ones share those that the tenant's jobs collect in
/// @param firstShard lines of a bulk's first provider batch: small, so that first results come early
/// @param secondShard lines of the second; later ones are as large as the provider allows
/// @param shards provider batches of one bulk that are under way at once
/// @param alone lines of one bulk that are called directly, or wait for that, at once: single jobs must not wait
///     behind a bulk
/// @param pause between two looks at a bulk that waits for its provider batches
/// @param alonePause between two looks at a bulk that is called line by line
/// @param pass how long one look may take; a longer one goes on in the next
@ConfigurationProperties("offpeak.feeder")
record FeederSettings(
        @DefaultValue("1000") int ownFrom,
        @DefaultValue("500") int firstShard,
        @DefaultValue("2000") int secondShard,
        @DefaultValue("8") int shards,
        @DefaultValue("100") int alone,
        @DefaultValue("2s") Duration pause,
        @DefaultValue("300ms") Duration alonePause,
        @DefaultValue("10s") Duration pass) {

    FeederSettings {
        if (firstShard < 1 || secondShard < 1 || shards < 1 || alone < 1) {
            throw new IllegalArgumentException("offpeak.feeder allows no line at all");
        }
    }
}
