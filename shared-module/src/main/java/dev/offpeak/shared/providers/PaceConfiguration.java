package dev.offpeak.shared.providers;

import java.time.Clock;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

@AutoConfiguration(afterName = "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration")
class PaceConfiguration {

    @Bean
    PaceStore paceStore(JdbcClient jdbc) {
        return new JdbcPaceStore(jdbc);
    }

    @Bean
    DirectCapacities directCapacities(JdbcClient jdbc, Clock clock) {
        return new JdbcDirectCapacities(jdbc, clock);
    }
}
