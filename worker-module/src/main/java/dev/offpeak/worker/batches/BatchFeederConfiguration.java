package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.jobs.BulkJobs;
import dev.offpeak.shared.lanes.LaneTimes;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.providerbatches.BulkCollector;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.Rules;
import dev.offpeak.worker.maintenance.DueWork;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(FeederSettings.class)
class BatchFeederConfiguration {

    @Bean
    TaskHandler batchFeeder(
            BatchFeeds feeds,
            BulkJobs jobs,
            BulkCollector collector,
            WorkflowStore workflows,
            ProviderSettings providers,
            LaneTimes times,
            Lanes lanes,
            PlatformTransactionManager transactions,
            WorkerIdentity worker,
            FeederSettings settings,
            MeterRegistry registry) {
        var transaction = new TransactionTemplate(transactions);
        var routes = new LineRoutes(new Rules(workflows), providers, times, lanes, settings.ownFrom());
        return new BatchFeeder(
                feeds,
                jobs,
                new HandingOn(feeds, collector, routes::of, transaction, settings),
                transaction,
                worker,
                settings,
                registry);
    }

    @Bean
    DueWork dueBatches(BatchFeeds feeds, WorkerIdentity worker) {
        return new DueWork() {
            @Override
            public String name() {
                return "feeder";
            }

            @Override
            public int wakeDue(int limit) {
                return feeds.wakeDue(limit);
            }

            @Override
            public int wakeForgotten(int limit) {
                return feeds.wakeForgotten(worker.deadAfter(), limit);
            }
        };
    }
}
