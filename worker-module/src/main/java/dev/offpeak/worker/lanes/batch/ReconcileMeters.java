package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.Lane;
import dev.offpeak.shared.providerbatches.LineSettlement.Settled;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ReconcileReport;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;

/// What reconciling shows.
final class ReconcileMeters {

    private final MeterRegistry registry;

    ReconcileMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    void settled(ProviderBatchRow batch, Settled settled) {
        String provider = batch.account().shownAs();
        String model = batch.model();
        settled.lines()
                .forEach((state, lines) -> Metric.BATCH_LINES
                        .counter(registry, provider, model, state.wire())
                        .increment(lines));
        settled.ended().forEach(job -> {
            String code = job.code() == null ? "none" : job.code();
            Metric.JOBS_FINISHED
                    .counter(registry, job.status().wire(), Lane.BATCH.wire(), code)
                    .increment();
            Metric.JOB_DURATION.record(registry, job.took(), job.status().wire(), Lane.BATCH.wire());
        });
        settled.again()
                .forEach((code, jobs) ->
                        Metric.JOB_RETRIES.counter(registry, code).increment(jobs));
        Metric.OVERLAPS.counter(registry, provider, model).increment(settled.overlaps());
        Metric.UNPRICED_CALLS.counter(registry, provider, model).increment(settled.unpriced());
        money(Metric.COST_BILLED, provider, model, settled.billed());
        money(Metric.COST_UNCONFIRMED, provider, model, settled.unconfirmed());
        money(Metric.BATCH_SAVED, provider, model, settled.list().minus(settled.billed()));
        tokens(provider, model, settled.used());
    }

    void overlaps(ProviderBatchRow batch, int bills) {
        Metric.OVERLAPS
                .counter(registry, batch.account().shownAs(), batch.model())
                .increment(bills);
    }

    void refused(ProviderBatchRow batch, Refusal.Remedy remedy) {
        Metric.BATCH_REFUSED
                .counter(registry, batch.account().shownAs(), remedy.word())
                .increment();
    }

    void reported(ProviderBatchRow batch, ReconcileReport report) {
        String provider = batch.account().shownAs();
        Metric.BATCH_STRAYS.counter(registry, provider, "duplicate").increment(report.duplicates());
        Metric.BATCH_STRAYS.counter(registry, provider, "unknown").increment(report.unknown());
        Metric.BATCH_STRAYS.counter(registry, provider, "unreadable").increment(report.unreadable());
        ReconcileReport.Residue residue = report.residue();
        if (residue != null) {
            Metric.BATCH_RESIDUE
                    .counter(registry, provider, batch.model())
                    .increment(Math.abs(residue.inputTokens()) + (double) Math.abs(residue.outputTokens()));
        }
    }

    private void money(Metric metric, String provider, String model, Usd usd) {
        metric.counter(registry, provider, model)
                .increment(Math.max(0, usd.amount().doubleValue()));
    }

    private void tokens(String provider, String model, Usage used) {
        tokens(provider, model, "input", used.plainInputTokens());
        tokens(provider, model, "cached_input", used.cachedInputTokens());
        tokens(provider, model, "cache_write", used.cacheWrite5mTokens() + used.cacheWrite1hTokens());
        tokens(provider, model, "output", used.outputTokens());
    }

    private void tokens(String provider, String model, String kind, long count) {
        Metric.PROVIDER_TOKENS.counter(registry, provider, model, kind).increment(count);
    }
}
