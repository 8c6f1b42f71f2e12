package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.idempotency.IdempotencyStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;

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

    @Bean
    Housekeeping monthPartitions(JdbcClient jdbc) {
        return Housekeeping.of("month partitions", Duration.ofHours(6), new JdbcMonthPartitions(jdbc)::ensure);
    }

    /// A little at a time, so that no statement deletes for long.
    @Bean
    Housekeeping idempotencyRecords(IdempotencyStore records) {
        return Housekeeping.of("old idempotency records", Duration.ofMinutes(10), () -> {
            while (records.tidy() > 0) {
                // the next portion
            }
        });
    }
}
