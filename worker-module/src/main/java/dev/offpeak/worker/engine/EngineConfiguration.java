package dev.offpeak.worker.engine;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.queue.Pool;
import dev.offpeak.shared.queue.RunJob;
import dev.offpeak.shared.queue.TaskJson;
import dev.offpeak.shared.queue.TaskRunner;
import dev.offpeak.shared.queue.TxPostgresStorageProvider;
import dev.offpeak.shared.queue.WakeBus;
import dev.offpeak.shared.telemetry.Metric;
import dev.offpeak.worker.maintenance.ClusterGauge;
import dev.offpeak.worker.maintenance.Housekeeping;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServerConfiguration;
import org.jobrunr.server.JobActivator;
import org.jobrunr.server.JobActivatorShutdownException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.BeanCreationNotAllowedException;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Builds the server from our parts. JobRunr's own starter is not on the classpath, so nothing else starts one.
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties({DashboardSettings.class, EngineSettings.class})
class EngineConfiguration {

    private static final Logger log = LoggerFactory.getLogger(EngineConfiguration.class);

    /// Finished tasks are of no use but to people who look at the dashboard, and at thousands a minute their rows slow
    /// down everything that reads JobRunr's table.
    private static final Duration KEEP_SUCCEEDED = Duration.ofMinutes(10);

    private static final Duration KEEP_DELETED = Duration.ofMinutes(5);

    /// JobRunr keeps them for ever. The sweeper has long woken their work with new tasks.
    private static final Duration KEEP_FAILED = Duration.ofHours(24);

    /// What they stood for is woken anew half a minute after the damage, like all that lost its task.
    private static final Duration LOOK_FOR_STRANGERS = Duration.ofSeconds(10);

    /// How long the connection that hears of new tasks may be silent before it is asked whether it lives.
    private static final Duration LISTEN_SILENCE = Duration.ofSeconds(5);

    @Bean
    EnginePool enginePool(JdbcConnectionDetails where, EngineSettings settings) {
        return new EnginePool(where, settings.connections());
    }

    @Bean
    @DependsOnDatabaseInitialization
    WorkerRegistry workerRegistry(IdGenerator ids, EnginePool pool, EngineSettings settings) {
        var version = Optional.ofNullable(EngineConfiguration.class.getPackage().getImplementationVersion());
        var process = new WorkerRegistry.Process(host(), ProcessHandle.current().pid(), version.orElse("development"));
        return new WorkerRegistry(
                ids.next(),
                process,
                JdbcClient.create(pool.beats()),
                JdbcClient.create(pool.dataSource()),
                settings.beatEvery(),
                settings.deadAfter());
    }

    @Bean
    TaskRunner taskRunner(ObjectProvider<TaskHandler> handlers, WorkerIdentity worker) {
        return new TaskDispatcher(handlers.stream().toList(), worker);
    }

    @Bean
    RunJob.Handler runJobHandler(TaskRunner runner) {
        return new RunJob.Handler(runner);
    }

    @Bean
    @DependsOnDatabaseInitialization
    TxPostgresStorageProvider servedTasks(EnginePool pool, WakeBus wakeBus) {
        return new TxPostgresStorageProvider(pool.dataSource(), wakeBus);
    }

    @Bean(destroyMethod = "") // the Engine stops it, after a drain
    WakeableServer backgroundJobServer(
            TxPostgresStorageProvider tasks,
            WorkerRegistry worker,
            EngineSettings settings,
            ListableBeanFactory beans) {
        var configuration = BackgroundJobServerConfiguration.usingStandardBackgroundJobServerConfiguration()
                .andId(worker.id().value())
                .andName(worker.id().toString())
                .andPollInterval(settings.pollEvery())
                .andBackgroundJobServerWorkerPolicy(new ExactWorkerPolicy(settings.places(), worker::mayStart))
                .andDeleteSucceededJobsAfter(KEEP_SUCCEEDED)
                .andPermanentlyDeleteDeletedJobsAfter(KEEP_DELETED)
                .andConcurrentJobModificationPolicy(new LetItRun());
        var server = new WakeableServer(tasks, TaskJson.mapper(), activator(beans), configuration);
        server.setJobFilters(List.of(new InfrastructureFaultFilter()));
        return server;
    }

    @Bean(destroyMethod = "") // the Engine ends it, after the drain
    PgWakeListener wakeListener(EnginePool pool, WakeableServer server, Clock clock) {
        return new PgWakeListener(pool::dedicated, server::wakeSoon, LISTEN_SILENCE, clock);
    }

    @Bean
    Engine engine(
            WakeableServer server,
            PgWakeListener listener,
            EngineSettings settings,
            ProviderSettings providers,
            Clock clock) {
        if (settings.drain().compareTo(providers.timeout()) < 0) {
            log.atWarn()
                    .addKeyValue("offpeak.engine.drain", settings.drain())
                    .addKeyValue("offpeak.providers.timeout", providers.timeout())
                    .log(
                            "A stop waits for a shorter time than a call may take; it may cut off calls that are paid for");
        }
        return new Engine(server, listener, settings.drain(), clock);
    }

    @Bean
    Dashboard dashboard(DashboardSettings settings, TxPostgresStorageProvider tasks, Environment environment) {
        return new Dashboard(settings, tasks, environment.containsProperty("offpeak.dashboard.port"));
    }

    @Bean
    EngineHealthIndicator engineHealthIndicator(Engine engine, WorkerRegistry worker, PgWakeListener listener) {
        return new EngineHealthIndicator(engine, worker, listener);
    }

    @Bean
    ClusterGauge queueDepth(EnginePool pool) {
        return new QueueDepth(JdbcClient.create(pool.dataSource()));
    }

    @Bean
    ClusterGauge oldestDueTask(EnginePool pool) {
        return new OldestDueTask(JdbcClient.create(pool.dataSource()));
    }

    @Bean
    ClusterGauge unreadableTasks(EnginePool pool) {
        var jdbc = JdbcClient.create(pool.dataSource());
        return ClusterGauge.of(
                Metric.TASKS_UNREADABLE,
                () -> Map.of(
                        List.of(),
                        jdbc.sql("SELECT count(*) FROM unreadable_task")
                                .query(Long.class)
                                .single()));
    }

    @Bean
    MeterBinder placesOfThisWorker(WakeableServer server, EngineSettings settings) {
        return registry -> {
            for (var pool : Pool.values()) {
                Metric.PLACES.gauge(registry, () -> settings.places().of(pool), pool.wire());
                Metric.PLACES_BUSY.gauge(registry, () -> server.exact().busy(pool), pool.wire());
            }
        };
    }

    @Bean
    Housekeeping setStrangersAside(TxPostgresStorageProvider tasks) {
        var lookFrom = new AtomicReference<>("");
        return Housekeeping.of(
                "strange tasks", LOOK_FOR_STRANGERS, () -> lookFrom.updateAndGet(tasks::setAsideStrangers));
    }

    @Bean
    ClusterGauge workersAlive(WorkerRegistry workers) {
        return ClusterGauge.of(Metric.WORKERS_ALIVE, () -> Map.of(List.of(), workers.alive()));
    }

    @Bean
    Housekeeping forgetTheLongDead(WorkerRegistry workers) {
        return Housekeeping.of("long dead workers", Duration.ofHours(1), workers::forgetTheLongDead);
    }

    @Bean
    Housekeeping forgetUnreadableTasks(EnginePool pool) {
        var jdbc = JdbcClient.create(pool.dataSource());
        return Housekeeping.of(
                "unreadable tasks",
                Duration.ofHours(1),
                () -> jdbc.sql("DELETE FROM unreadable_task WHERE found_at < clock_timestamp() - interval '30 days'")
                        .update());
    }

    @Bean
    Housekeeping forgetFailedTasks(TxPostgresStorageProvider tasks, Clock clock) {
        return Housekeeping.of(
                "failed tasks",
                Duration.ofHours(1),
                () -> tasks.deleteJobsPermanently(
                        StateName.FAILED, clock.instant().minus(KEEP_FAILED)));
    }

    private static JobActivator activator(ListableBeanFactory beans) {
        return new JobActivator() {
            @Override
            public <T> T activateJob(Class<T> type) {
                try {
                    return beans.getBean(type);
                } catch (BeanCreationNotAllowedException e) {
                    throw new JobActivatorShutdownException("The worker is stopping", e);
                }
            }
        };
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
