package dev.offpeak.worker.lanes.direct;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.ledger.Call;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Objects;

/// What the direct lane shows of its exchanges.
final class DirectLaneMeters {

    private final MeterRegistry registry;

    DirectLaneMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void exchanged(Route route, ProviderAnswer answer, Duration took) {
        String outcome = switch (answer) {
            case ProviderAnswer.Answered _ -> "answered";
            case ProviderAnswer.Failed failed -> failed.error().code().wire();
        };
        Metric.PROVIDER_LATENCY.record(registry, took, provider(route), model(route), outcome);
    }

    void unconfirmed(Call call) {
        Usd estimate = call.estimatedCharge().billed();
        if (estimate != null) {
            Metric.COST_UNCONFIRMED
                    .counter(registry, call.account().shownAs(), call.model())
                    .increment(estimate.amount().doubleValue());
        }
    }

    private static String provider(Route route) {
        return Objects.requireNonNullElse(route.provider(), "none");
    }

    private static String model(Route route) {
        return Objects.requireNonNullElse(route.model(), "none");
    }
}
