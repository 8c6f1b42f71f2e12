package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.JobId;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// A worker whose database fails in the middle of its work.
class DatabaseFaultsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Test
    void losesNoJobAndNoAttemptWhileItsConnectionsAreKilled() {
        try (var worker = new RunningWorker()) {
            List<JobId> jobs = IntStream.range(0, 150)
                    .mapToObj(i -> worker.submit("storm " + i + "."))
                    .toList();
            await().atMost(PATIENCE).until(() -> worker.provider.calls() >= 10);
            worker.provider.answerAtOnce();

            long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            int killed = 0;
            while (System.nanoTime() < end) {
                killed += killBackends(worker);
            }
            assertThat(killed).isGreaterThan(20);

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(jobs)
                            .allSatisfy(job -> assertThat(worker.status(job)).isEqualTo("succeeded")));
            assertThat(worker.jdbc
                            .sql("SELECT count(*) FROM job WHERE attempts > 1 + taken_back")
                            .query(Long.class)
                            .single())
                    .as("jobs that paid for a fault of the database with an attempt")
                    .isZero();
            assertThat(worker.jdbc
                            .sql("SELECT count(*) FROM call WHERE status = 'confirmed'")
                            .query(Long.class)
                            .single())
                    .isEqualTo(150);
        }
    }

    /// All but the one that the migration, this test or another database uses.
    private static int killBackends(RunningWorker worker) {
        return worker.jdbc.sql("""
                SELECT count(pg_terminate_backend(pid)) FROM (
                    SELECT pid FROM pg_stat_activity
                     WHERE datname = current_database() AND pid <> pg_backend_pid()
                       AND application_name LIKE 'offpeak-%'
                     ORDER BY random() LIMIT 4) chosen
                """).query(Integer.class).single();
    }

    @Test
    void saysWhatIsWrongWhileTheDatabaseIsAwayAndKeepsThePaidAnswerUntilItIsBack() {
        try (var proxy = new FlakyProxy();
                var worker = new RunningWorker(proxy)) {
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    worker.get("/actuator/health/readiness").statusCode())
                            .isEqualTo(200));
            JobId inFlight = worker.submit("in flight.");
            JobId answeredLate = worker.submit("late.");
            await().atMost(PATIENCE).until(() -> worker.provider.calls() == 2);

            proxy.cut();

            worker.provider.call("in flight.").orElseThrow().answer();
            await().atMost(Duration.ofSeconds(100)).untilAsserted(() -> {
                long asked = System.nanoTime();
                var readiness = worker.get("/actuator/health/readiness");
                assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(2));
                assertThat(readiness.statusCode()).isEqualTo(503);
                assertThat(readiness.body())
                        .contains("does not take this worker's beats")
                        .contains("\"databaseReachable\":false")
                        .contains("\"listening\":false")
                        .contains("\"beating\":false")
                        .contains("\"serverStoppedSince\"") // longer than its pool waits: JobRunr's server gave up
                        .doesNotContain("\"serverRestarts\":0");
            });
            assertThat(worker.get("/actuator/health/liveness").statusCode())
                    .as("to restart it would mend nothing")
                    .isEqualTo(200);

            await("JobRunr's own stop would have interrupted them by now")
                    .during(Duration.ofSeconds(12))
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !worker.provider.call("late.").orElseThrow().cut());
            worker.provider.answerAtOnce();

            proxy.mend();

            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(
                                    worker.get("/actuator/health/readiness").body())
                            .contains("\"serving\":true", "\"listening\":true", "\"databaseReachable\":true"));
            JobId afterwards = worker.submit("after the outage.");
            await().atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(List.of(inFlight, answeredLate, afterwards))
                            .allSatisfy(job -> assertThat(worker.status(job)).isEqualTo("succeeded")));
            assertThat(List.of(inFlight, answeredLate))
                    .allSatisfy(job -> assertThat(worker.calls(job)).containsExactly("confirmed"));
            assertThat(worker.jdbc
                            .sql("SELECT count(*) FROM job WHERE attempts <> 1 OR taken_back <> 0")
                            .query(Long.class)
                            .single())
                    .as("jobs that the outage cost an attempt or a life")
                    .isZero();
        }
    }
}
