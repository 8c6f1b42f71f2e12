package dev.offpeak.api.batches;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// The worker's feeder binds this too; here it bounds how fast lines can be called that go through no provider batch.
///
/// @param alone lines of one bulk that are called directly, or wait for that, at once: single jobs must not wait
///     behind a bulk
@ConfigurationProperties("offpeak.feeder")
record FeederPlaces(@DefaultValue("100") int alone) {

    FeederPlaces {
        if (alone < 1) {
            throw new IllegalArgumentException("offpeak.feeder.alone must be 1 or more");
        }
    }
}
