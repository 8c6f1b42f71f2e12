package dev.offpeak.shared.lanes;

import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providers.DirectCapacities;
import dev.offpeak.shared.providers.ProviderSettings;
import java.time.Clock;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "dev.offpeak.shared.ledger.PricesConfiguration",
            "dev.offpeak.shared.providers.PaceConfiguration",
            "dev.offpeak.shared.providers.ProvidersConfiguration"
        })
@EnableConfigurationProperties(LaneSettings.class)
class LanesConfiguration {

    @Bean
    LaneTimes laneTimes(JdbcClient jdbc, DirectCapacities observed, LaneSettings settings, Clock clock) {
        return new LaneTimes(new JdbcLaneObservations(jdbc), observed, settings, clock);
    }

    @Bean
    Lanes lanes(LaneTimes times, Charges charges, ProviderSettings providers, LaneSettings settings) {
        return new ObservedLanes(times, charges, providers, settings);
    }
}
