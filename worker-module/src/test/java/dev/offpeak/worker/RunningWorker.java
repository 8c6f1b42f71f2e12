package dev.offpeak.worker;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.jobs.Deadline;
import dev.offpeak.shared.jobs.GenerationRequest;
import dev.offpeak.shared.jobs.JobStore;
import dev.offpeak.shared.jobs.JobSubmission;
import dev.offpeak.shared.jobs.JobType;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.tenants.Tenants;
import dev.offpeak.shared.testing.TestServersInitializer;
import dev.offpeak.shared.workflows.Tier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// A whole worker on a database of its own, before a provider that the test plays.
final class RunningWorker implements AutoCloseable {

    final HangingProvider provider;
    final ConfigurableApplicationContext context;
    final JdbcClient jdbc; // not through the worker's pool: what it shows must not depend on the worker
    final JobStore jobs;
    private final IdGenerator ids;
    private final TenantId tenant;

    RunningWorker(String... settings) {
        this(null, settings);
    }

    /// @param proxy between this worker and its database
    RunningWorker(@Nullable FlakyProxy proxy, String... settings) {
        this(proxy, null, settings);
    }

    /// @param openai answers instead of the provider that hangs
    static RunningWorker before(URI openai, String... settings) {
        return new RunningWorker(null, openai, settings);
    }

    private RunningWorker(@Nullable FlakyProxy proxy, @Nullable URI openai, String... settings) {
        try {
            provider = new HangingProvider();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        var arguments = new ArrayList<>(List.of(
                "--server.port=0",
                "--offpeak.dashboard.enabled=false",
                "--offpeak.engine.drain=1s",
                "--offpeak.providers.openai.api-key=key",
                "--offpeak.providers.openai.base-url=" + (openai == null ? provider.baseUrl() : openai)));
        arguments.addAll(List.of(settings));
        var direct = new AtomicReference<String>();
        context = WorkerApplication.builder()
                .initializers(new TestServersInitializer(), started -> {
                    var environment = started.getEnvironment();
                    direct.set(environment.getRequiredProperty("spring.datasource.url"));
                    if (proxy != null) {
                        Map<String, Object> through = Map.of("spring.datasource.url", proxy.before(direct.get()));
                        environment.getPropertySources().addFirst(new MapPropertySource("proxy", through));
                    }
                })
                .run(arguments.toArray(String[]::new));
        var environment = context.getEnvironment();
        jdbc = JdbcClient.create(new DriverManagerDataSource(
                direct.get(),
                environment.getRequiredProperty("spring.datasource.username"),
                environment.getRequiredProperty("spring.datasource.password")));
        jobs = context.getBean(JobStore.class);
        ids = context.getBean(IdGenerator.class);
        tenant = context.getBean(Tenants.class).create("acme").id();
    }

    TenantId tenant() {
        return tenant;
    }

    JobId submit(String prompt) {
        return submit(prompt, Duration.ofMinutes(15), false);
    }

    /// @param mayWait whether it may go through a provider batch
    JobId submit(String prompt, Duration deadline, boolean mayWait) {
        var id = new JobId(ids.next());
        jobs.submit(new JobSubmission(
                id,
                tenant,
                JobType.GENERATION,
                "classify",
                1,
                Tier.FAST,
                new GenerationRequest(
                        List.of(new ChatMessage(ChatMessage.Role.USER, prompt)),
                        null,
                        List.of(),
                        "auto",
                        "default",
                        null,
                        null,
                        null,
                        null,
                        new ResponseFormat.Text()),
                null,
                null,
                new Deadline.In(deadline),
                mayWait,
                null,
                List.of(),
                Map.of()));
        return id;
    }

    JobView view(JobId job) {
        return jobs.find(tenant, job).orElseThrow().job();
    }

    String status(JobId job) {
        return jdbc.sql("SELECT status FROM job WHERE id = ?")
                .param(job.value())
                .query(String.class)
                .single();
    }

    /// One for each of the jobs, asked for at once: a question for each would be a connection for each.
    List<String> statuses(List<JobId> of) {
        return jdbc.sql("SELECT status FROM job WHERE id IN (:ids)")
                .param("ids", of.stream().map(JobId::value).toList())
                .query((row, _) -> row.getString("status"))
                .list();
    }

    /// Status and error of the job's calls, oldest first.
    List<String> calls(JobId job) {
        return jdbc.sql("SELECT status || coalesce(' ' || error_code, '') FROM call WHERE job_id = ? ORDER BY id")
                .param(job.value())
                .query((row, _) -> row.getString(1))
                .list();
    }

    HttpResponse<String> get(String path) {
        var port = context.getEnvironment().getRequiredProperty("local.server.port");
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .timeout(Duration.ofSeconds(40))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        provider.close();
        context.close();
    }
}
