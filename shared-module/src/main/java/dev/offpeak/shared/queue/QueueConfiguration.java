package dev.offpeak.shared.queue;

import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Lets every process enqueue. Running tasks is a worker's part; nothing here starts a server.
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.flyway.autoconfigure.FlywayAutoConfiguration"
        })
@ConditionalOnBean({DataSource.class, JdbcClient.class})
class QueueConfiguration {

    @Bean
    WakeBus wakeBus(DataSource dataSource) {
        return new WakeBus(dataSource);
    }

    @Bean
    @ConditionalOnMissingBean
    @DependsOnDatabaseInitialization
    JobQueue jobQueue(DataSource dataSource, JdbcClient jdbc, WakeBus wakeBus) {
        return new JobRunrJobQueue(new TxPostgresStorageProvider(dataSource, wakeBus), jdbc);
    }
}
