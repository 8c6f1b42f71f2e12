package dev.offpeak.worker.lanes.batch;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providerbatches.BatchQuota;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.LineSettlement;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providerbatches.ReconcileReports;
import dev.offpeak.shared.providerbatches.RefusedBatches;
import dev.offpeak.shared.providerbatches.Rescues;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.DirectCapacities;
import dev.offpeak.shared.providers.PaceStore;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.RetryRule;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What happens once a provider batch has ended, and when it does not end in time.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({ReconcileSettings.class, RescueSettings.class})
class ReconcileConfiguration {

    private static final int LIMIT = 500;
    private static final int TWINS = 20;

    @Bean
    Reconciling.Stores reconcileStores(
            ProviderBatches batches,
            ProviderBatchTwins twins,
            LineSettlement lines,
            RefusedBatches refusals,
            BatchSteps steps,
            BatchQuota quota,
            ReconcileReports reports) {
        return new Reconciling.Stores(batches, twins, lines, refusals, steps, quota, reports);
    }

    @Bean
    Reconciling reconciler(
            Reconciling.Stores stores,
            ObjectProvider<BatchProvider> providers,
            ProviderSettings accounts,
            Charges charges,
            RetryRule retries,
            ReconcileSettings settings,
            MeterRegistry registry) {
        Map<String, BatchProvider> byName = providers.stream().collect(toMap(BatchProvider::name, identity()));
        return new Reconciling(
                stores,
                account -> accounts.resolve(account.provider())
                        .filter(account::equals)
                        .map(configured -> byName.get(configured.provider())),
                charges,
                new LineJudge(new AnswerCheck(), charges, retries),
                retries,
                settings,
                new ReconcileMeters(registry));
    }

    @Bean
    Housekeeping settleLateTwins(Reconciling reconciling, Primers primers, Providers providers) {
        return Housekeeping.of("settle twins of reconciled provider batches", Duration.ofSeconds(5), () -> {
            try {
                reconciling.settleLateTwins(TWINS);
                primers.settleLateTwins(providers, TWINS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Bean
    Housekeeping rescueLateJobs(
            Rescues rescues,
            DirectCapacities capacities,
            PaceStore pace,
            RetryRule retries,
            RescueSettings settings,
            MeterRegistry registry) {
        var chore = new RescueChore(rescues, capacities, pace, retries, settings, registry);
        return Housekeeping.of("rescue late jobs", Duration.ofSeconds(1), chore);
    }

    @Bean
    Housekeeping requeueStrandedJobs(Rescues rescues) {
        return Housekeeping.of("requeue jobs without a line", Duration.ofSeconds(30), () -> {
            while (rescues.requeueStranded(LIMIT) == LIMIT) {
                // the next portion
            }
        });
    }
}
