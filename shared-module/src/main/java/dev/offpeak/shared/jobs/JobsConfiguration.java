package dev.offpeak.shared.jobs;

import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import javax.sql.DataSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "dev.offpeak.shared.queue.QueueConfiguration",
            "dev.offpeak.shared.webhooks.WebhooksConfiguration",
            "dev.offpeak.shared.ledger.LedgerConfiguration"
        })
class JobsConfiguration {

    @Bean
    JobEndedBus jobEndedBus(DataSource dataSource) {
        return new JobEndedBus(dataSource);
    }

    @Bean
    JobGauges jobGauges(JdbcClient jdbc) {
        return new JdbcJobGauges(jdbc);
    }

    @Bean
    JobEndings jobEndings(JdbcClient jdbc, LedgerStore ledger, WebhookOutbox outbox, JobEndedBus bus) {
        return new JdbcJobEndings(jdbc, new JdbcJobReader(jdbc, ledger), outbox, bus);
    }

    @Bean
    JobStore jobStore(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            JobQueue queue,
            LedgerStore ledger,
            WebhookOutbox outbox,
            JobEndedBus bus) {
        var reader = new JdbcJobReader(jdbc, ledger);
        return new JdbcJobStore(
                jdbc,
                new TransactionTemplate(transactions),
                queue,
                reader,
                new JdbcJobEndings(jdbc, reader, outbox, bus));
    }

    @Bean
    SettledCosts settledCosts(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            LedgerStore ledger,
            WebhookOutbox outbox,
            JobEndedBus bus) {
        return new JdbcSettledCosts(
                jdbc,
                new TransactionTemplate(transactions),
                new JdbcJobEndings(jdbc, new JdbcJobReader(jdbc, ledger), outbox, bus));
    }

    @Bean
    AttemptStore attemptStore(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            JobQueue queue,
            LedgerStore ledger,
            WebhookOutbox outbox,
            JobEndedBus bus,
            CallStore calls) {
        return new JdbcAttemptStore(
                jdbc,
                new TransactionTemplate(transactions),
                queue,
                new JdbcJobEndings(jdbc, new JdbcJobReader(jdbc, ledger), outbox, bus),
                calls);
    }

    @Bean
    BulkJobs bulkJobs(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            LedgerStore ledger,
            WebhookOutbox outbox,
            JobEndedBus bus) {
        var reader = new JdbcJobReader(jdbc, ledger);
        return new JdbcBulkJobs(
                jdbc, new TransactionTemplate(transactions), reader, new JdbcJobEndings(jdbc, reader, outbox, bus));
    }
}
