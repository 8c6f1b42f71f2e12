package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.JobView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Deadlines as whole workers keep them, by the database's clock alone.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeadlinesIT {

    /// Much less than what else would end these jobs, and much more than a slow machine takes.
    private static final double MOST_SECONDS_LATE = 60;

    /// So that nothing here is on time because a worker was found dead.
    private static final String NOBODY_DIES = "--offpeak.engine.dead-after=1h";

    private final RunningWorker worker = new RunningWorker(NOBODY_DIES);

    @AfterAll
    void stop() {
        worker.close();
    }

    @Test
    void keepsTheAnswerOfACallThatOutlivesItsJob() {
        JobId job = worker.submit("late.");
        await().until(() -> worker.provider.call("late.").isPresent());
        setDeadline(job, "2 seconds");

        assertThat(secondsLate(job)).isBetween(0.0, MOST_SECONDS_LATE);
        assertThat(worker.view(job).cost().last())
                .as("the call is still under way")
                .isFalse();

        worker.provider.call("late.").orElseThrow().answer();

        await().untilAsserted(() -> assertThat(worker.view(job).lateResult())
                .isNotNull()
                .extracting(JobView.Result::text)
                .isEqualTo("42"));
        assertThat(worker.status(job)).isEqualTo("expired");
        assertThat(worker.view(job).result()).isNull();
        assertThat(worker.view(job).cost().last()).isTrue();
        assertThat(worker.calls(job)).containsExactly("confirmed");
    }

    @Test
    void expiresOnTimeWhatWaitsForAnHour() {
        var waiting = new ArrayList<JobId>();
        for (String reason : List.of("backoff", "rate_limited", "provider_down")) {
            waiting.add(submitWaiting(reason));
        }
        waiting.forEach(job -> setDeadline(job, "2 seconds"));

        assertThat(waiting)
                .allSatisfy(job -> assertThat(secondsLate(job)).isBetween(0.0, MOST_SECONDS_LATE))
                .allSatisfy(job -> assertThat(worker.view(job).waitReason()).isNull());
    }

    @Test
    void expiresOnTimeWhereTheLeaderWasJustKilled() {
        try (ConfigurableApplicationContext leader = anotherWorker("leader");
                ConfigurableApplicationContext next = anotherWorker("next")) {
            String held = makeLeader(leader);
            JobId job = submitWaiting("backoff");
            setDeadline(job, "2 seconds");

            ((HikariDataSource) leader.getBean(DataSource.class)).close(); // as a kill leaves its connections

            assertThat(secondsLate(job)).isBetween(0.0, MOST_SECONDS_LATE);
            assertThat(held).isEqualTo("leader");
            assertThat(next.isActive()).isTrue();
        }
    }

    /// Takes the lead from whoever has it until this one does.
    private String makeLeader(ConfigurableApplicationContext wanted) {
        String name = Objects.requireNonNull(wanted.getEnvironment().getProperty("test.name"));
        await().pollInterval(Duration.ofMillis(200)).until(() -> {
            if (!leaders().equals(List.of(name))) {
                worker.jdbc.sql("""
                                SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                                 WHERE l.locktype = 'advisory' AND a.datname = current_database() AND a.application_name <> :name
                                """).param("name", name).query().listOfRows();
            }
            return leaders().equals(List.of(name));
        });
        return name;
    }

    private List<String> leaders() {
        return worker.jdbc.sql("""
                        SELECT a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
                         WHERE l.locktype = 'advisory' AND a.datname = current_database()
                        """).query((row, _) -> row.getString(1)).list();
    }

    private ConfigurableApplicationContext anotherWorker(String name) {
        var environment = worker.context.getEnvironment();
        var arguments = new ArrayList<>(List.of(
                "--test.name=" + name,
                "--server.port=0",
                "--offpeak.dashboard.enabled=false",
                "--offpeak.engine.drain=1s",
                NOBODY_DIES,
                "--spring.datasource.hikari.data-source-properties.ApplicationName=" + name,
                "--offpeak.providers.openai.api-key=key",
                "--offpeak.providers.openai.base-url=" + worker.provider.baseUrl()));
        for (String property : List.of(
                "spring.datasource.url",
                "spring.datasource.username",
                "spring.datasource.password",
                "spring.data.redis.url",
                "offpeak.redis.key-prefix",
                "offpeak.secret-key")) {
            arguments.add("--" + property + "=" + environment.getRequiredProperty(property));
        }
        return WorkerApplication.builder().run(arguments.toArray(String[]::new));
    }

    /// A job that nobody may claim for an hour.
    private JobId submitWaiting(String reason) {
        var transaction = new TransactionTemplate(worker.context.getBean(PlatformTransactionManager.class));
        var within = worker.context.getBean(JdbcClient.class);
        return Objects.requireNonNull(transaction.execute(_ -> {
            JobId job = worker.submit("waits.");
            within.sql("UPDATE job SET not_before = now() + interval '1 hour', wait_reason = :reason WHERE id = :id")
                    .param("reason", reason)
                    .param("id", job.value())
                    .update();
            return job;
        }));
    }

    private void setDeadline(JobId job, String in) {
        worker.jdbc
                .sql("UPDATE job SET deadline = now() + CAST(:in AS interval) WHERE id = :id")
                .param("in", in)
                .param("id", job.value())
                .update();
    }

    /// How long after its deadline the job expired.
    private double secondsLate(JobId job) {
        await().until(() -> worker.status(job).equals("expired"));
        return worker.jdbc
                .sql("SELECT extract(epoch FROM finished_at - deadline) FROM job WHERE id = :id")
                .param("id", job.value())
                .query(Double.class)
                .single();
    }
}
