package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.webhooks.SealedSecrets;
import dev.offpeak.shared.webhooks.TargetGuard;
import dev.offpeak.shared.webhooks.TenantSecrets;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.maintenance.ClusterGauge;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(DeliverySettings.class)
class WebhookDeliveryConfiguration {

    @Bean
    JdbcDeliveries webhookDeliveries(
            JdbcClient jdbc,
            PlatformTransactionManager transactions,
            JobQueue queue,
            WorkerIdentity worker,
            DeliverySettings settings) {
        return new JdbcDeliveries(
                jdbc,
                new TransactionTemplate(transactions),
                queue,
                worker.id(),
                settings.claimFor(),
                worker.deadAfter());
    }

    @Bean
    GuardedSender webhookSender(TargetGuard guard, DeliverySettings settings) {
        return new GuardedSender(guard, host -> List.of(InetAddress.getAllByName(host)), settings);
    }

    @Bean
    WebhookDispatcher webhookDispatcher(
            JdbcDeliveries deliveries,
            GuardedSender sender,
            DeliverySettings settings,
            SealedSecrets sealed,
            TenantSecrets tenantSecrets,
            MeterRegistry meters,
            Clock clock,
            Sleeper sleeper) {
        var random = new SecureRandom();
        return new WebhookDispatcher(
                deliveries,
                sender,
                new EndpointLimits(settings.inFlight(), settings.perEndpoint()),
                new RetrySchedule(random, clock),
                sealed,
                tenantSecrets,
                meters,
                clock,
                random,
                settings.holdTaskFor(),
                settings.deadline(),
                sleeper);
    }

    @Bean
    DueDeliveries dueDeliveries(JdbcDeliveries deliveries) {
        return new DueDeliveries(deliveries);
    }

    @Bean
    Housekeeping wakeDeliveriesOfTheDead(JdbcDeliveries deliveries, WorkerIdentity worker, MeterRegistry meters) {
        return Housekeeping.of("wake deliveries of dead workers", Duration.ofSeconds(1), () -> {
            if (worker.mayJudge()) {
                Metric.REWAKES.counter(meters, TaskKind.DELIVERY.wire()).increment(deliveries.wakeOfTheDead());
            }
        });
    }

    @Bean
    ClusterGauge pendingDeliveries(JdbcDeliveries deliveries) {
        return ClusterGauge.of(Metric.WEBHOOKS_PENDING, () -> Map.of(List.of(), deliveries.pending()));
    }
}
