package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.jobs.JobEndings;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "dev.offpeak.shared.jobs.JobsConfiguration"
        })
class LineSettlementConfiguration {

    @Bean
    LineSettlement lineSettlement(JdbcClient jdbc, PlatformTransactionManager transactions, JobEndings endings) {
        return new JdbcLineSettlement(jdbc, new TransactionTemplate(transactions), endings);
    }

    @Bean
    RefusedBatches refusedBatches(
            JdbcClient jdbc, PlatformTransactionManager transactions, LineSettlement lines, IdGenerator ids) {
        return new JdbcRefusedBatches(jdbc, new TransactionTemplate(transactions), lines, ids);
    }

    @Bean
    Rescues rescues(JdbcClient jdbc, PlatformTransactionManager transactions) {
        return new JdbcRescues(jdbc, new TransactionTemplate(transactions));
    }

    @Bean
    ReconcileReports reconcileReports(JdbcClient jdbc) {
        return new JdbcReconcileReports(jdbc);
    }
}
