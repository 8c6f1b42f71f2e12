package dev.offpeak.shared;

import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.flyway.autoconfigure.FlywayConfigurationCustomizer;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// Migrations on connections of their own: one that rewrites a table is silent for longer than the pool allows.
/// Flyway's
/// lock belongs to its session: a transaction that stays open for it would keep a migration from making an index
/// concurrently.
@AutoConfiguration
class MigrationConfiguration {

    @Bean
    FlywayConfigurationCustomizer migrationsTakeTheirTime(ObjectProvider<JdbcConnectionDetails> database) {
        return flyway -> {
            flyway.configuration(Map.of("flyway.postgresql.transactional.lock", "false"));
            database.ifAvailable(where -> {
                var unpooled = new DriverManagerDataSource(where.getJdbcUrl());
                unpooled.setUsername(where.getUsername());
                unpooled.setPassword(where.getPassword());
                flyway.dataSource(unpooled);
            });
        };
    }
}
