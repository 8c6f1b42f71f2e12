package dev.offpeak.worker.generation;

import dev.offpeak.shared.core.Sleeper;
import dev.offpeak.shared.jobs.AttemptStore;
import dev.offpeak.shared.ledger.CallStore;
import dev.offpeak.shared.ledger.LedgerStore;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.workflows.WorkflowStore;
import dev.offpeak.worker.engine.TaskHandler;
import dev.offpeak.worker.engine.WorkerIdentity;
import dev.offpeak.worker.lanes.Lane;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
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
    HeldJobsWatch heldJobsWatch(HeldJobs held, AttemptStore attempts, GenerationSettings settings) {
        return new HeldJobsWatch(held, attempts, settings.watchEvery());
    }

    @Bean
    TaskHandler generationTask(
            AttemptStore attempts,
            CallStore calls,
            WorkflowStore workflows,
            ProviderSettings providers,
            Lane direct,
            WorkerIdentity worker,
            PlatformTransactionManager transactions,
            GenerationSettings settings,
            HeldJobs held,
            LedgerStore ledger,
            MeterRegistry registry,
            Clock clock,
            Sleeper sleeper) {
        var meters = new GenerationMeters(registry, clock);
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        return new GenerationTask(
                attempts,
                worker,
                new GenerationPipeline(
                        new Rules(workflows), calls, ledger, new RequestAssembly(providers), direct, meters),
                new Settlement(
                        attempts,
                        calls,
                        new TransactionTemplate(transactions),
                        new AnswerCheck(),
                        new Backoff(settings.backoffBase(), settings.backoffCap(), random),
                        settings,
                        meters,
                        sleeper),
                meters,
                held,
                sleeper);
    }
}
