package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.JobView;
import dev.offpeak.shared.jobs.LaneReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which way jobs go in a whole worker.
class LaneChoiceIT {

    @Test
    void leavesWhatMayWaitToABatchAndCallsWhatMayNotOrHasNoTime() {
        try (var worker = new RunningWorker("--offpeak.lanes.collect-for=1h")) {
            JobId patient = worker.submit("patient", Duration.ofHours(24), true);
            JobId hurried = worker.submit("hurried", Duration.ofMinutes(15), true);
            JobId direct = worker.submit("direct", Duration.ofHours(24), false);

            await().until(() -> worker.status(patient).equals("batched"));
            await().until(() ->
                    worker.calls(hurried).size() == 1 && worker.calls(direct).size() == 1);

            JobView waiting = worker.view(patient);
            assertThat(waiting.attempts()).as("a claim that was none").isZero();
            assertThat(waiting.waitReason()).isEqualTo("collecting");
            assertThat(waiting.cost().laneReasons())
                    .extracting(LaneReason::code)
                    .containsExactly("cheapest_in_time");
            assertThat(worker.calls(patient)).isEmpty();
            assertThat(lines(worker, patient)).containsExactly("assigned");
            assertThat(lines(worker, hurried)).isEmpty();
        }
    }

    private static List<String> lines(RunningWorker worker, JobId job) {
        return worker.jdbc
                .sql("SELECT state FROM provider_batch_line WHERE job_id = ?")
                .param(job.value())
                .query((row, _) -> row.getString(1))
                .list();
    }
}
