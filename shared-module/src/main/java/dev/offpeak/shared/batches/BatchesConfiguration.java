package dev.offpeak.shared.batches;

import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "dev.offpeak.shared.queue.QueueConfiguration",
            "dev.offpeak.shared.webhooks.WebhooksConfiguration"
        })
class BatchesConfiguration {

    @Bean
    BatchStore batchStore(JdbcClient jdbc, JdbcOperations connections, JobQueue queue) {
        return new JdbcBatchStore(jdbc, connections, queue, new JdbcBatchReader(jdbc));
    }

    @Bean
    BatchFeeds batchFeeds(
            JdbcClient jdbc, PlatformTransactionManager transactions, JobQueue queue, WebhookOutbox outbox) {
        return new JdbcBatchFeeds(
                jdbc, new TransactionTemplate(transactions), queue, new JdbcBatchReader(jdbc), outbox);
    }

    @Bean
    ProviderBatchHints providerBatchHints(JdbcClient jdbc) {
        return new JdbcProviderBatchHints(jdbc);
    }
}
