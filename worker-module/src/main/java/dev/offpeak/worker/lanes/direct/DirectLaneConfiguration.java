package dev.offpeak.worker.lanes.direct;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.Provider;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.lanes.CallWindow;
import dev.offpeak.worker.lanes.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.util.List;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DirectLaneSettings.class)
class DirectLaneConfiguration {

    @Bean
    Lane directLane(
            List<Provider> providers,
            ProviderSettings providerSettings,
            PaceStore pace,
            CallWindow window,
            CallStore calls,
            Charges charges,
            IdGenerator ids,
            Clock clock,
            DirectLaneSettings settings,
            MeterRegistry meters) {
        return new DirectLane(
                providers.stream().collect(toMap(Provider::name, identity())),
                providerSettings,
                new Permits(pace, clock, settings, meters),
                window,
                calls,
                charges,
                ids,
                settings,
                new DirectLaneMeters(meters));
    }
}
