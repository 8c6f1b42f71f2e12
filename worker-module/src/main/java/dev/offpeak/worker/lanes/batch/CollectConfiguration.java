package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.lanes.LaneSettings;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.Collector;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.lanes.Lane;
import dev.offpeak.worker.lanes.Rules;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
class CollectConfiguration {

    @Bean
    Lane batchLane(
            Collector collector,
            AttemptStore attempts,
            Lanes lanes,
            WorkflowStore workflows,
            Charges charges,
            LaneSettings settings,
            PlatformTransactionManager transactions) {
        return new BatchLane(
                collector,
                attempts,
                lanes,
                new Rules(workflows),
                charges,
                settings,
                new TransactionTemplate(transactions));
    }
}
