package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.queue.JobQueue;
import java.time.Duration;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration",
            "org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration",
            "dev.offpeak.shared.queue.QueueConfiguration"
        })
class ProviderBatchesConfiguration {

    /// For a process that has no batch lane: the narrower of what providers allow.
    private static final CollectingLimits.Most NARROWEST =
            new CollectingLimits.Most(10_000, 100_000_000, 1_000_000, Duration.ofSeconds(30));

    @Bean
    JdbcCollector collector(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            JobQueue queue,
            IdGenerator ids,
            ObjectProvider<CollectingLimits> limits) {
        return new JdbcCollector(
                jdbc, new TransactionTemplate(transactions), queue, ids, limits.getIfAvailable(() -> _ -> NARROWEST));
    }

    @Bean
    JdbcProviderBatches providerBatches(JdbcClient jdbc) {
        return new JdbcProviderBatches(jdbc);
    }

    @Bean
    ProviderBatchUpkeep providerBatchUpkeep(
            JdbcClient jdbc, PlatformTransactionManager transactions, JobQueue queue, JdbcCollector collector) {
        return new JdbcProviderBatchUpkeep(jdbc, new TransactionTemplate(transactions), queue, collector);
    }

    @Bean
    ProviderBatchTwins providerBatchTwins(JdbcClient jdbc) {
        return new JdbcProviderBatchTwins(jdbc);
    }

    @Bean
    JdbcBatchQuota batchQuota(JdbcClient jdbc) {
        return new JdbcBatchQuota(jdbc);
    }

    @Bean
    BatchLines batchLines(JdbcClient jdbc) {
        return new JdbcBatchLines(jdbc);
    }

    @Bean
    BatchSteps batchSteps(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            JdbcProviderBatches batches,
            JdbcBatchQuota quota,
            IdGenerator ids) {
        return new JdbcBatchSteps(jdbc, new TransactionTemplate(transactions), batches, quota, ids);
    }

    @Bean
    BatchPrimers batchPrimers(
            JdbcClient jdbc, PlatformTransactionManager transactions, JdbcProviderBatches batches, IdGenerator ids) {
        return new JdbcBatchPrimers(jdbc, new TransactionTemplate(transactions), batches, ids);
    }

    @Bean
    BatchGauges batchGauges(JdbcClient jdbc) {
        return new JdbcBatchGauges(jdbc);
    }
}
