package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.lanes.Lanes;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.AnswerCheck;
import dev.offpeak.worker.lanes.Lane;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.RetryRule;
import dev.offpeak.worker.lanes.Rules;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(GenerationSettings.class)
class GenerationConfiguration {

    @Bean
    HeldJobs heldJobs(WorkerIdentity worker) {
        return new HeldJobs(worker::mayStart);
    }

    @Bean
    RetryRule retryRule(GenerationSettings settings) {
        Backoff backoff = backoff(settings);
        return new RetryRule() {
            @Override
            public int maxAttempts() {
                return settings.maxAttempts();
            }

            @Override
            public Duration after(int attempt) {
                return backoff.after(attempt);
            }
        };
    }

    private static Backoff backoff(GenerationSettings settings) {
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        return new Backoff(settings.backoffBase(), settings.backoffCap(), random);
    }

    @Bean
    HeldJobsWatch heldJobsWatch(HeldJobs held, AttemptStore attempts, GenerationSettings settings) {
        return new HeldJobsWatch(held, attempts, settings.watchEvery());
    }

    @Bean
    TaskHandler generationTask(
            AttemptStore attempts,
            CallStore calls,
            WorkflowStore workflows,
            ProviderSettings providers,
            Lanes lanes,
            Lane directLane,
            Lane batchLane,
            WorkerIdentity worker,
            PlatformTransactionManager transactions,
            GenerationSettings settings,
            HeldJobs held,
            LedgerStore ledger,
            MeterRegistry registry,
            Clock clock,
            Sleeper sleeper) {
        var meters = new GenerationMeters(registry, clock);
        return new GenerationTask(
                attempts,
                worker,
                new GenerationPipeline(
                        new Rules(workflows),
                        calls,
                        ledger,
                        new RequestAssembly(providers),
                        lanes,
                        directLane,
                        batchLane,
                        meters),
                new Settlement(
                        attempts,
                        calls,
                        new TransactionTemplate(transactions),
                        new AnswerCheck(),
                        backoff(settings),
                        settings,
                        meters,
                        sleeper),
                meters,
                held,
                sleeper);
    }
}
