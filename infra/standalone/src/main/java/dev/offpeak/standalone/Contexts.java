package dev.offpeak.standalone;

import dev.offpeak.api.ApiApplication;
import dev.offpeak.simulator.Simulator;
import dev.offpeak.worker.WorkerApplication;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;

/// API, worker and simulator, each in an application context of its own. They share nothing but the metrics and the
/// health that
/// the API's management port shows for all.
final class Contexts implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Contexts.class);
    private static final Duration LONGEST_START = Duration.ofSeconds(60);

    /// At a terminal, people read: our own lines with their key-values, and of libraries what may need a hand.
    private static final String[] LOGS_FOR_PEOPLE = {
        "--logging.structured.format.console=",
        "--logging.pattern.console=%d{HH:mm:ss.SSS} %-5level %logger{0}: %msg %kvp%n%ex",
        "--logging.level.root=warn",
        "--logging.level.dev.offpeak=info"
    };

    private final AtomicReference<@Nullable Simulator> simulator = new AtomicReference<>();
    private final AtomicReference<@Nullable ConfigurableApplicationContext> worker = new AtomicReference<>();
    private final AtomicReference<@Nullable ConfigurableApplicationContext> api = new AtomicReference<>();
    private final PrometheusRegistry scraped = new PrometheusRegistry();
    private final PrometheusMeterRegistry meters =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, scraped, io.micrometer.core.instrument.Clock.SYSTEM);

    private CompletableFuture<Void> startingWorker = CompletableFuture.completedFuture(null);

    private Contexts() {}

    /// Starts all of them, API and worker at the same time.
    ///
    /// @throws CannotStart when one does not come up; then none is left running
    static Contexts start(StandaloneSettings settings, Servers servers, Keys keys) {
        var contexts = new Contexts();
        try {
            contexts.startAll(settings, servers, keys);
            return contexts;
        } catch (RuntimeException e) {
            contexts.close();
            throw e;
        }
    }

    private void startAll(StandaloneSettings settings, Servers servers, Keys keys) {
        simulator.set(startSimulator(settings));
        Map<String, Object> properties = properties(settings, servers, keys);
        startingWorker = CompletableFuture.runAsync(
                () -> worker.set(run(
                        WorkerApplication.builder()
                                .web(WebApplicationType.NONE) // its health and metrics are on the API's management port
                                .properties("spring.main.keep-alive=false"),
                        properties)),
                task -> Thread.ofPlatform().name("start-worker").start(task));
        api.set(run(ApiApplication.builder(), apiProperties(properties)));
        try {
            startingWorker.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("the worker did not start", e.getCause());
        }
    }

    private static Simulator startSimulator(StandaloneSettings settings) {
        try {
            return Simulator.start(settings.simulatorPort(), settings.dataDir());
        } catch (IOException e) {
            throw new CannotStart(
                    "The simulator cannot use its folder under " + settings.dataDir() + ": " + e.getMessage() + ".");
        }
    }

    private Map<String, Object> properties(StandaloneSettings settings, Servers servers, Keys keys) {
        var properties = new HashMap<String, Object>();
        PostgresAccess postgres = servers.postgres();
        properties.put("spring.datasource.url", postgres.jdbcUrl());
        putIfSet(properties, "spring.datasource.username", postgres.user());
        putIfSet(properties, "spring.datasource.password", postgres.password());
        properties.put("spring.data.redis.url", servers.redisUrl());
        properties.put("offpeak.bootstrap-key", keys.apiKey());
        properties.put("offpeak.secret-key", keys.secretKey());
        properties.put("offpeak.port", settings.port());
        properties.put("management.server.port", settings.managementPort());
        properties.put("offpeak.dashboard.port", settings.dashboardPort());
        properties.put("offpeak.providers.simulator-url", "http://127.0.0.1:" + settings.simulatorPort());
        if (settings.webhookAllowCidrs() == null) {
            properties.put("offpeak.webhooks.allow-cidrs", "127.0.0.0/8,::1/128");
        }
        return properties;
    }

    private static Map<String, Object> apiProperties(Map<String, Object> common) {
        var properties = new HashMap<>(common);
        properties.put("management.endpoint.health.group.readiness.include", "readinessState,db,engine");
        return properties;
    }

    private static void putIfSet(Map<String, Object> properties, String name, @Nullable Object value) {
        if (value != null) {
            properties.put(name, value);
        }
    }

    private ConfigurableApplicationContext run(SpringApplicationBuilder builder, Map<String, Object> properties) {
        boolean isApi = properties.containsKey("management.endpoint.health.group.readiness.include");
        var application = builder.registerShutdownHook(false) // ours closes everything in order
                .logStartupInfo(false)
                .initializers(context -> {
                    context.getEnvironment()
                            .getPropertySources()
                            .addFirst(new MapPropertySource("standalone", properties));
                    var beans = context.getBeanFactory();
                    beans.registerSingleton("prometheusRegistry", scraped);
                    beans.registerSingleton("prometheusMeterRegistry", meters);
                    if (isApi) {
                        beans.registerSingleton("engineHealthIndicator", (HealthIndicator) this::engineHealth);
                    }
                })
                .application();
        if (!isApi) {
            // The API sets up the logging of the process; a second application would set it back.
            application.setListeners(application.getListeners().stream()
                    .filter(listener -> !(listener instanceof LoggingApplicationListener))
                    .toList());
        }
        return application.run(isApi ? LOGS_FOR_PEOPLE : new String[0]);
    }

    private @Nullable Health engineHealth() {
        ConfigurableApplicationContext running = worker.get();
        return running == null
                ? Health.outOfService().withDetail("worker", "starting").build()
                : running.getBean("engineHealthIndicator", HealthIndicator.class)
                        .health();
    }

    /// Closes what runs: the API finishes the requests it has, the worker drains, and what answers the worker goes
    /// last.
    @Override
    public void close() {
        closeContext(api.getAndSet(null));
        awaitWorker();
        closeContext(worker.getAndSet(null));
        Simulator running = simulator.getAndSet(null);
        if (running != null) {
            running.close();
        }
    }

    /// A worker that is still starting, since the API failed, must not outlive the database.
    private void awaitWorker() {
        try {
            startingWorker.get(LONGEST_START.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            LOG.atDebug().setCause(e).log("The worker did not start; there is nothing to close");
        } catch (TimeoutException e) {
            LOG.atWarn().setCause(e).log("The worker still starts; it ends with this process");
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeContext(@Nullable ConfigurableApplicationContext context) {
        if (context != null) {
            context.close();
        }
    }
}
