package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.ClaimedJob;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.Route;
import dev.offpeak.shared.lanes.LaneDecision;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.lanes.LaneOutcome.Answered;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What generation shows of its jobs.
final class GenerationMeters {

    private static final Logger log = LoggerFactory.getLogger(GenerationMeters.class);

    private final MeterRegistry registry;
    private final Clock clock;

    GenerationMeters(MeterRegistry registry, Clock clock) {
        this.registry = registry;
        this.clock = clock;
    }

    void pickedUp(ClaimedJob job) {
        Metric.PICKUP.record(registry, job.waited());
    }

    void ended(ClaimedJob job, JobEnd end, Route route) {
        String status = end instanceof JobEnd.Succeeded ? "succeeded" : "failed";
        String code = end instanceof JobEnd.Failed failed ? failed.code().wire() : "none";
        Metric.JOBS_FINISHED
                .counter(registry, status, route.lane().wire(), code)
                .increment();
        Duration took = Duration.between(job.createdAt(), clock.instant());
        Metric.JOB_DURATION.record(
                registry,
                took.isNegative() ? Duration.ZERO : took,
                status,
                route.lane().wire());
        log.atInfo()
                .addKeyValue("job", job.id())
                .addKeyValue("status", status)
                .addKeyValue("code", code)
                .addKeyValue("provider", route.provider())
                .addKeyValue("model", route.model())
                .addKeyValue("attempt", job.attempt())
                .log("The job has ended");
    }

    /// A job counts once for each time that its lane is chosen.
    void chose(LaneDecision decision) {
        Metric.LANES_CHOSEN
                .counter(
                        registry,
                        decision.chosen().way().wire(),
                        decision.reasons().getFirst().code())
                .increment();
    }

    void batched(ClaimedJob job, Route route) {
        log.atDebug()
                .addKeyValue("job", job.id())
                .addKeyValue("provider", route.provider())
                .addKeyValue("model", route.model())
                .log("The job waits in a provider batch");
    }

    void billed(Answered answered) {
        String provider = answered.call().account().shownAs();
        String model = answered.call().model();
        Usage usage = answered.completion().usage();
        tokens(provider, model, "input", usage.plainInputTokens());
        tokens(provider, model, "cached_input", usage.cachedInputTokens());
        tokens(provider, model, "cache_write", usage.cacheWrite5mTokens() + usage.cacheWrite1hTokens());
        tokens(provider, model, "output", usage.outputTokens());
        Usd billed = answered.charge().billed();
        if (billed != null) {
            Metric.COST_BILLED
                    .counter(registry, provider, model)
                    .increment(billed.amount().doubleValue());
        } else {
            Metric.UNPRICED_CALLS.counter(registry, provider, model).increment();
            log.atError()
                    .addKeyValue("model", model)
                    .addKeyValue("call", answered.call().id())
                    .log("A call could not be priced; add a price for the model, the bill is incomplete until then");
        }
    }

    /// What it cost to call a job directly whose line came too late.
    void rescued(Answered answered) {
        Usd billed = answered.charge().billed();
        if (billed != null) {
            Metric.RESCUE_COST
                    .counter(
                            registry,
                            answered.call().account().shownAs(),
                            answered.call().model())
                    .increment(billed.amount().doubleValue());
        }
    }

    void unconfirmed(List<CallStore.Estimate> estimates) {
        CostUpkeepConfiguration.count(estimates, registry);
    }

    private void tokens(String provider, String model, String kind, long count) {
        Metric.PROVIDER_TOKENS.counter(registry, provider, model, kind).increment(count);
    }

    void retried(ErrorCode why) {
        Metric.JOB_RETRIES.counter(registry, why.wire()).increment();
    }

    void snoozed(ErrorCode why) {
        Metric.JOB_SNOOZES.counter(registry, why.wire()).increment();
    }

    void dropped() {
        Metric.JOB_OUTCOMES_DROPPED.counter(registry).increment();
    }
}
