package dev.offpeak.worker.generation;

import dev.offpeak.shared.jobs.SettledCosts;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.CallStore.Estimate;
import dev.offpeak.shared.ledger.OpenCosts;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.maintenance.ClusterGauge;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What must happen to costs by the clock: whatever may have been billed is shown, and in the end settled.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(LedgerSettings.class)
class CostUpkeepConfiguration {

    private static final int LIMIT = 200;

    /// No call lasts so long: its timeout is minutes shorter, on the flex tier too, and its worker dies or
    /// settles it.
    private static final Duration LONGEST_CALL = Duration.ofMinutes(20);

    @Bean
    Housekeeping abandonCallsOfTheDead(CallStore calls, WorkerIdentity worker, MeterRegistry registry) {
        return Housekeeping.of("abandon calls of dead workers", Duration.ofSeconds(2), () -> {
            if (worker.mayJudge()) {
                count(calls.abandonOfTheDead(worker.deadAfter()), registry);
            }
        });
    }

    @Bean
    Housekeeping abandonCalls(CallStore calls, MeterRegistry registry) {
        return Housekeeping.of(
                "abandon calls without an end",
                Duration.ofMinutes(1),
                () -> count(calls.abandonOlderThan(LONGEST_CALL), registry));
    }

    @Bean
    Housekeeping settleCosts(OpenCosts costs, SettledCosts settled, LedgerSettings settings) {
        return Housekeeping.of("settle costs", Duration.ofSeconds(2), () -> {
            untilDone(() -> costs.writeOff(settings.writeOffAfter(), LIMIT));
            untilDone(() -> settled.announce(LIMIT));
        });
    }

    @Bean
    ClusterGauge openCost(OpenCosts costs) {
        return ClusterGauge.of(
                Metric.COST_OPEN, () -> Map.of(List.of(), costs.sum().usd().amount()));
    }

    @Bean
    ClusterGauge openCalls(OpenCosts costs) {
        return ClusterGauge.of(
                Metric.COST_OPEN_CALLS, () -> Map.of(List.of(), costs.sum().calls()));
    }

    static void count(List<Estimate> estimates, MeterRegistry registry) {
        for (Estimate estimate : estimates) {
            if (estimate.usd() != null) {
                Metric.COST_UNCONFIRMED
                        .counter(registry, estimate.provider(), estimate.model())
                        .increment(estimate.usd().amount().doubleValue());
            }
        }
    }

    private static void untilDone(IntSupplier step) {
        int done;
        do {
            done = step.getAsInt();
        } while (done >= LIMIT);
    }
}
