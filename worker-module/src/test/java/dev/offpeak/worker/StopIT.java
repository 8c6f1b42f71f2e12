package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.JobId;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// A worker that is told to stop while a provider keeps it waiting.
class StopIT {

    /// The drain of these tests is a second; some more are for interrupted tasks, the last turn of maintenance and
    /// goodbyes. Whoever waits for what never comes is given up after 150 s, a phase.
    private static final Duration IN_TIME = Duration.ofSeconds(100);

    @Test
    void returnsAJobThatOutlastsTheDrainAndCountsNoAttempt() {
        try (var worker = new RunningWorker()) {
            JobId job = submitAndCall(worker);

            assertThat(stop(worker)).isLessThan(IN_TIME);

            assertThat(worker.status(job)).isEqualTo("queued");
            assertThat(worker.calls(job)).containsExactly("unconfirmed worker_lost");
            assertThat(number(worker, "SELECT attempts FROM job")).isZero();
            assertThat(number(worker, "SELECT taken_back FROM job")).isZero();
            await().until(() -> worker.provider.call("hold on.").orElseThrow().cut());
            assertThat(number(
                            worker, "SELECT count(*) FROM jobrunr.jobrunr_jobs WHERE jobAsJson LIKE '%offpeakFaults%'"))
                    .as("tasks that count the stop as a fault")
                    .isZero();
            assertThat(number(worker, "SELECT count(*) FROM worker WHERE stopped_at IS NOT NULL"))
                    .isOne();
        }
    }

    @Test
    void stopsInTimeWhileTheDatabaseIsAway() {
        try (var proxy = new FlakyProxy();
                var worker = new RunningWorker(proxy)) {
            submitAndCall(worker);
            proxy.cut();

            assertThat(stop(worker)).isLessThan(IN_TIME);
        }
    }

    private static JobId submitAndCall(RunningWorker worker) {
        JobId job = worker.submit("hold on.");
        await().until(() -> worker.provider.call("hold on.").isPresent());
        return job;
    }

    private static Duration stop(RunningWorker worker) {
        long start = System.nanoTime();
        worker.context.close();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    private static long number(RunningWorker worker, String sql) {
        return worker.jdbc.sql(sql).query(Long.class).single();
    }
}
