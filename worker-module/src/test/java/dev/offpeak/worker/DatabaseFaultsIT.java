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

    @Test
    void losesNoJobAndNoAttemptWhileItsConnectionsAreKilled() {
        try (var worker = new RunningWorker()) {
            List<JobId> jobs = IntStream.range(0, 150)
                    .mapToObj(i -> worker.submit("storm " + i + "."))
                    .toList();
            await().until(() -> worker.provider.calls() >= 10);
            worker.provider.answerAtOnce();

            int killed = 0;
            while (killed < 200) {
                killed += killBackends(worker);
            }

            await().untilAsserted(() ->
                    assertThat(worker.statuses(jobs)).hasSize(jobs.size()).containsOnly("succeeded"));
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
            await().untilAsserted(() -> assertThat(
                            worker.get("/actuator/health/readiness").statusCode())
                    .isEqualTo(200));
            JobId inFlight = worker.submit("in flight.");
            JobId answeredLate = worker.submit("late.");
            await().until(() -> worker.provider.calls() == 2);

            proxy.cut();

            worker.provider.call("in flight.").orElseThrow().answer();
            await().untilAsserted(() -> {
                long asked = System.nanoTime();
                var readiness = worker.get("/actuator/health/readiness");
                assertThat(Duration.ofNanos(System.nanoTime() - asked))
                        .isLessThan(Duration.ofSeconds(20)); // a pool would wait for 30
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
                    .atMost(Duration.ofMinutes(3))
                    .until(() -> !worker.provider.call("late.").orElseThrow().cut());
            worker.provider.answerAtOnce();

            proxy.mend();

            await().untilAsserted(() -> assertThat(
                            worker.get("/actuator/health/readiness").body())
                    .contains("\"serving\":true", "\"listening\":true", "\"databaseReachable\":true"));
            JobId afterwards = worker.submit("after the outage.");
            await().untilAsserted(() -> assertThat(worker.statuses(List.of(inFlight, answeredLate, afterwards)))
                    .hasSize(3)
                    .containsOnly("succeeded"));
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
