package dev.offpeak.worker.maintenance;

import io.micrometer.core.instrument.MeterRegistry;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(MaintenanceSettings.class)
class MaintenanceConfiguration {

    @Bean
    MaintenanceLoop maintenanceLoop(
            MaintenanceSettings settings,
            ObjectProvider<DueWork> works,
            ObjectProvider<Housekeeping> chores,
            ObjectProvider<ClusterGauge> gauges,
            DataSource dataSource,
            MeterRegistry registry) {
        return new MaintenanceLoop(
                settings,
                works.orderedStream().toList(),
                chores.orderedStream().toList(),
                new Leadership(dataSource),
                new GaugeBoard(registry, gauges.orderedStream().toList()),
                registry);
    }
}
