package dev.offpeak.worker;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.queue.JobQueue;
import dev.offpeak.shared.queue.Task;
import dev.offpeak.shared.queue.TaskKind;
import dev.offpeak.shared.testing.TestServersInitializer;
import dev.offpeak.worker.engine.WorkerIdentity;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(OutputCaptureExtension.class)
class WorkerApplicationIT {

    private final ConfigurableApplicationContext worker = WorkerApplication.builder()
            .initializers(new TestServersInitializer())
            .run("--server.port=0", "--offpeak.dashboard.port=0", "--offpeak.engine.drain=1s");

    private final JdbcClient jdbc = worker.getBean(JdbcClient.class);

    @AfterAll
    void stop() {
        worker.close();
    }

    @Test
    void isReadyOnceItFetchesTasks() {
        await().untilAsserted(() -> assertThat(get("/actuator/health/readiness"))
                .contains("\"status\":\"UP\"", "\"engine\"")
                .as("it would wait for a connection")
                .doesNotContain("\"db\""));
        assertThat(get("/actuator/health/liveness"))
                .contains("\"status\":\"UP\"")
                .doesNotContain("\"db\"");
    }

    @Test
    void endsWebhooksAfterTheDrainAndBeforeItSignsOff() {
        var parts = worker.getBeansOfType(SmartLifecycle.class);

        assertThat(List.of("engine", "webhookDispatcher", "workerRegistry"))
                .extracting(name -> requireNonNull(parts.get(name)).getPhase())
                .isSortedAccordingTo(Comparator.reverseOrder())
                .doesNotHaveDuplicates();
    }

    @Test
    void migratesOnConnectionsThatMayBeSilentForLong() {
        assertThat(worker.getBean(Flyway.class).getConfiguration().getDataSource())
                .isInstanceOf(DriverManagerDataSource.class);
    }

    @Test
    void namesTheVariableOfAPortThatIsTaken(CapturedOutput output) {
        var taken = worker.getEnvironment().getRequiredProperty("local.server.port");
        var second = WorkerApplication.builder().initializers(new TestServersInitializer());

        assertThatThrownBy(() -> second.run(
                        "--management.server.port=" + taken,
                        "--offpeak.dashboard.enabled=false",
                        "--offpeak.engine.drain=1s"))
                .hasStackTraceContaining(taken);

        assertThat(output)
                .contains("Port " + taken + " is taken")
                .contains("OFFPEAK_MANAGEMENT_PORT")
                .contains("cut off calls");
    }

    @Test
    void runsWhatIsEnqueued() {
        var task = new Task(TaskKind.JOB, UUID.randomUUID(), 1);
        var queue = worker.getBean(JobQueue.class);
        new TransactionTemplate(worker.getBean(PlatformTransactionManager.class))
                .executeWithoutResult(status -> queue.enqueue(task));

        await().until(() ->
                queue.live(Set.of(task.taskId()), Duration.ofSeconds(8)).isEmpty());
    }

    @Test
    void saysThatItLives() {
        var id = worker.getBean(WorkerIdentity.class).id();

        assertThat(jdbc.sql("SELECT stopped_at IS NULL FROM worker WHERE id = ?")
                        .param(id.value())
                        .query(Boolean.class)
                        .single())
                .isTrue();
    }

    @Test
    void exportsTheGaugesOfTheCluster() {
        await().untilAsserted(() -> assertThat(get("/actuator/prometheus"))
                .contains("offpeak_workers_alive", "offpeak_queue_depth", "state=\"enqueued\""));
    }

    private String get(String path) {
        var port = worker.getEnvironment().getRequiredProperty("local.server.port");
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
