package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;

/// What the batch lane counts.
final class BatchMeters {

    private final MeterRegistry registry;

    BatchMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void submitted(ProviderBatchRow batch) {
        Metric.BATCHES_SUBMITTED
                .counter(registry, batch.account().shownAs(), batch.model())
                .increment();
    }

    void ended(ProviderBatchRow batch) {
        Metric.BATCHES_ENDED
                .counter(
                        registry,
                        batch.account().shownAs(),
                        batch.model(),
                        Objects.requireNonNullElse(batch.endedAs(), "unknown"))
                .increment();
    }

    void failed(ProviderBatchRow batch, String code) {
        Metric.BATCH_STEP_FAILURES
                .counter(registry, batch.account().shownAs(), code)
                .increment();
    }

    void twin(ProviderBatchRow batch) {
        Metric.BATCH_TWINS.counter(registry, batch.account().shownAs()).increment();
    }
}
