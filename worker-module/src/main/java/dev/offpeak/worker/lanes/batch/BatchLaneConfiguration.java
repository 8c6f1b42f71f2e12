package dev.offpeak.worker.lanes.batch;

import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.lanes.LaneSettings;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.ledger.PriceBook;
import dev.offpeak.shared.providerbatches.BatchGauges;
import dev.offpeak.shared.providerbatches.BatchGauges.Cached;
import dev.offpeak.shared.providerbatches.BatchLines;
import dev.offpeak.shared.providerbatches.BatchPrimers;
import dev.offpeak.shared.providerbatches.BatchQuota;
import dev.offpeak.shared.providerbatches.BatchSteps;
import dev.offpeak.shared.providerbatches.CollectingLimits;
import dev.offpeak.shared.providerbatches.Group;
import dev.offpeak.shared.providerbatches.ProviderBatchTwins;
import dev.offpeak.shared.providerbatches.ProviderBatchUpkeep;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.Rules;
import dev.offpeak.worker.maintenance.ClusterGauge;
import dev.offpeak.worker.maintenance.DueWork;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BatchSettings.class)
class BatchLaneConfiguration {

    private static final int LIMIT = 500;

    /// A metric has so many workflows at most.
    private static final int WORKFLOWS = 20;
    private static final int TWINS = 50;

    /// Batches of one account of which a create was given up within a day.
    private static final int WATCHED = 1_000;

    /// Where no provider says more: what both of them take.
    private static final int FEW_LINES = 50_000;

    private static final long FEW_BYTES = 190_000_000;

    @Bean
    Providers batchProviders(ObjectProvider<BatchProvider> providers, ProviderSettings settings) {
        return new Providers(providers.orderedStream().toList(), settings);
    }

    @Bean
    CollectingLimits collectingLimits(Providers providers, BatchSettings settings, LaneSettings lanes) {
        return group -> most(group, providers, settings, lanes.collectFor());
    }

    /// Tokens are estimated from above: a batch as large as the whole limit leaves room for others once
    /// it is counted.
    static CollectingLimits.Most most(Group group, Providers providers, BatchSettings settings, Duration collectFor) {
        Optional<BatchCapabilities> capabilities =
                providers.named(group.account().provider()).map(BatchProvider::capabilities);
        boolean byTokens = capabilities
                .map(known -> known.quotaUnit() == QuotaUnit.TOKENS_OF_MODEL)
                .orElse(false);
        long tokens = byTokens
                ? settings.enqueuedTokens(group.model(), group.account().simulated())
                        .orElse(Long.MAX_VALUE)
                : Long.MAX_VALUE;
        long lines = byTokens ? Long.MAX_VALUE : settings.enqueuedRequests();
        return new CollectingLimits.Most(
                (int) Math.min(
                        lines, capabilities.map(BatchCapabilities::mostLines).orElse(FEW_LINES)),
                capabilities.map(BatchCapabilities::mostBytes).orElse(FEW_BYTES),
                tokens,
                collectFor);
    }

    @Bean
    InputFolder inputFolder(BatchSettings settings, WorkerIdentity worker) {
        Path parent = Objects.requireNonNullElseGet(
                settings.tempDir(), () -> Path.of(System.getProperty("java.io.tmpdir"), "offpeak-batches"));
        var folder = new InputFolder(parent, worker.id());
        folder.clean();
        return folder;
    }

    @Bean
    BatchMeters batchMeters(MeterRegistry registry) {
        return new BatchMeters(registry);
    }

    @Bean
    Troubles batchTroubles(ProviderBatches batches, BatchSettings settings, BatchMeters meters) {
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        return new Troubles(batches, settings, meters, random);
    }

    @Bean
    Lookup batchLookup(
            Providers providers,
            ProviderBatches batches,
            BatchSteps steps,
            ProviderBatchTwins twins,
            Troubles troubles,
            BatchMeters meters,
            WorkerIdentity worker,
            BatchSettings settings) {
        return new Lookup(providers, batches, steps, twins, troubles, meters, worker, settings);
    }

    @Bean
    Primers primers(
            BatchPrimers primers,
            ProviderBatches batches,
            ProviderBatchTwins twins,
            BatchLines lines,
            WorkflowStore workflows,
            PriceBook prices,
            Charges charges,
            Clock clock,
            Troubles troubles,
            BatchSettings settings) {
        return new Primers(
                new Primers.Stores(primers, batches, twins, lines),
                new Rules(workflows),
                prices,
                charges,
                clock,
                troubles,
                settings);
    }

    @Bean
    ProviderBatchTask providerBatchTask(
            ProviderBatches batches,
            BatchSteps steps,
            BatchQuota quota,
            BatchLines lines,
            WorkflowStore workflows,
            Providers providers,
            InputFolder folder,
            Primers primers,
            Lookup lookup,
            Troubles troubles,
            BatchMeters meters,
            ObjectProvider<Reconciler> reconciler,
            WorkerIdentity worker,
            BatchSettings settings,
            Sleeper sleeper) {
        var inputs = new InputWriter(lines, new Rules(workflows), folder, new TokenCounter());
        var parts = new Submission.Parts(
                batches, steps, quota, inputs, primers, lookup, troubles, meters, worker, sleeper, System::nanoTime);
        return new ProviderBatchTask(
                batches,
                steps,
                providers,
                new Admission(steps, inputs, primers, settings),
                () -> new Submission(parts),
                lookup,
                new Following(steps, lookup, troubles, meters, settings),
                reconciler.getIfAvailable(() -> _ -> Optional.of(Duration.ofMinutes(1))),
                primers,
                troubles,
                worker);
    }

    @Bean
    DueWork dueProviderBatches(ProviderBatchUpkeep upkeep, ProviderBatchTask task, WorkerIdentity worker) {
        return new DueProviderBatches(upkeep, task, worker);
    }

    @Bean
    Housekeeping closeProviderBatches(ProviderBatchUpkeep upkeep) {
        return Housekeeping.of("close provider batches", Duration.ofSeconds(1), () -> {
            while (upkeep.closeDue(LIMIT) >= LIMIT) {
                // the next portion
            }
        });
    }

    @Bean
    Housekeeping takeBackProviderBatches(ProviderBatchUpkeep upkeep, WorkerIdentity worker, MeterRegistry registry) {
        return Housekeeping.of("take back provider batches of dead workers", Duration.ofSeconds(1), () -> {
            if (worker.mayJudge()) {
                int woken = upkeep.takeBack(worker.deadAfter()) + upkeep.wakeStranded(worker.deadAfter());
                Metric.REWAKES.counter(registry, TaskKind.PROVIDER_BATCH.wire()).increment(woken);
            }
        });
    }

    @Bean
    Housekeeping cancelTwins(Lookup lookup) {
        return Housekeeping.of("cancel twins of provider batches", Duration.ofSeconds(5), () -> {
            try {
                lookup.cancelTwins(TWINS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Bean
    Housekeeping watchForTwins(Lookup lookup) {
        return Housekeeping.of("look for late twins of provider batches", Duration.ofMinutes(1), () -> {
            try {
                lookup.watchForTwins(WATCHED);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    @Bean
    ClusterGauge openProviderBatches(BatchGauges gauges) {
        return byState(Metric.BATCHES_OPEN, gauges, BatchGauges.Standing::batches);
    }

    @Bean
    ClusterGauge linesOfOpenProviderBatches(BatchGauges gauges) {
        return byState(Metric.BATCH_LINES_OPEN, gauges, BatchGauges.Standing::lines);
    }

    @Bean
    ClusterGauge oldestProviderBatches(BatchGauges gauges) {
        return byState(
                Metric.BATCHES_OLDEST, gauges, standing -> standing.oldest().toMillis() / 1000.0);
    }

    @Bean
    ClusterGauge cachedShares(BatchGauges gauges) {
        return ClusterGauge.of(
                Metric.BATCH_CACHED_SHARE,
                () -> gauges.cached(WORKFLOWS).stream()
                        .collect(toMap(cached -> List.of(cached.provider(), cached.workflow()), Cached::share)));
    }

    private static ClusterGauge byState(
            Metric metric, BatchGauges gauges, Function<BatchGauges.Standing, Number> value) {
        return ClusterGauge.of(metric, () -> {
            var values = new HashMap<List<String>, Number>();
            gauges.unfinished()
                    .forEach(standing -> values.put(
                            List.of(standing.provider(), standing.state().wire()), value.apply(standing)));
            return values;
        });
    }

    @Bean
    ClusterGauge enqueuedTokens(BatchQuota quota) {
        return byModel(Metric.BATCH_ENQUEUED_TOKENS, quota, enqueued -> Optional.of(enqueued.tokens()));
    }

    @Bean
    ClusterGauge enqueuedLines(BatchQuota quota) {
        return byModel(Metric.BATCH_ENQUEUED_LINES, quota, enqueued -> Optional.of(enqueued.lines()));
    }

    @Bean
    ClusterGauge enqueuedLimit(BatchQuota quota, BatchSettings settings) {
        return byModel(Metric.BATCH_ENQUEUED_LIMIT, quota, enqueued -> limit(enqueued, settings));
    }

    private static Optional<Number> limit(BatchQuota.Enqueued enqueued, BatchSettings settings) {
        boolean anthropic = ProviderSettings.ANTHROPIC.equals(enqueued.provider());
        boolean simulated = !anthropic && !ProviderSettings.OPENAI.equals(enqueued.provider());
        Long configured = anthropic
                ? Long.valueOf(settings.enqueuedRequests())
                : settings.enqueuedTokens(enqueued.model(), simulated).stream()
                        .boxed()
                        .findFirst()
                        .orElse(null);
        if (configured == null || enqueued.learned() == null) {
            return Optional.ofNullable(configured == null ? enqueued.learned() : configured);
        }
        return Optional.of(Math.min(configured, enqueued.learned()));
    }

    private static ClusterGauge byModel(
            Metric metric, BatchQuota quota, Function<BatchQuota.Enqueued, Optional<Number>> value) {
        return ClusterGauge.of(metric, () -> {
            var values = new HashMap<List<String>, Number>();
            quota.enqueued()
                    .forEach(enqueued -> value.apply(enqueued)
                            .ifPresent(number -> values.merge(
                                    List.of(enqueued.provider(), enqueued.model()),
                                    number,
                                    (one, other) -> one.longValue() + other.longValue())));
            return Map.copyOf(values);
        });
    }
}
