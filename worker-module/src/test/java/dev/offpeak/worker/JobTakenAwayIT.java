package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.jobs.AttemptStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// A job that is taken from a running worker, and the call that it waits for.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobTakenAwayIT {

    private final RunningWorker worker = new RunningWorker(
            "--offpeak.providers.timeout=10m",
            "--offpeak.engine.dead-after=1h"); // nobody takes back what the tests give to a worker that is none

    @AfterAll
    void stop() {
        worker.close();
    }

    @Test
    void cutsTheCallOfACancelledJobLongBeforeItsTimeOut() {
        var took = new ArrayList<Duration>();
        for (int i = 0; i < 8; i++) {
            JobId job = submitAndCall("cancel number " + i + ".");
            long cancelled = System.nanoTime();
            worker.jobs.cancel(worker.tenant(), job);
            HangingProvider.Call call = call("cancel number " + i + ".");
            await().until(call::cut);
            took.add(Duration.ofNanos(call.cutAt() - cancelled));

            await().untilAsserted(() -> assertThat(worker.calls(job)).containsExactly("unconfirmed job_cancelled"));
            assertThat(worker.status(job)).isEqualTo("cancelled");
            awaitEndOfTask(job);
        }
        assertThat(took)
                .as("from the cancel to the cut, seen by the provider")
                .allSatisfy(one -> assertThat(one).isLessThan(Duration.ofMinutes(1)));
    }

    @Test
    void cutsOnlyTheCallWhoseFenceMoved() {
        JobId kept = submitAndCall("kept.");
        JobId moved = submitAndCall("moved.");

        worker.jdbc
                .sql("UPDATE job SET fence = fence + 1, worker_id = gen_random_uuid() WHERE id = ?")
                .param(moved.value())
                .update();

        await().until(call("moved.")::cut);
        await().untilAsserted(() -> assertThat(worker.calls(moved)).containsExactly("unconfirmed worker_lost"));
        assertThat(call("kept.").cut()).isFalse();
        call("kept.").answer();
        await().until(() -> worker.status(kept).equals("succeeded"));
        assertThat(worker.calls(kept)).containsExactly("confirmed");
        awaitEndOfTask(moved);
    }

    @Test
    void letsTheCallOfAnExpiredJobGoOn() {
        JobId expired = submitAndCall("expired.");
        JobId witness = submitAndCall("witness.");
        worker.jdbc
                .sql("UPDATE job SET deadline = now() - interval '1 second' WHERE id = ?")
                .param(expired.value())
                .update();
        worker.context.getBean(AttemptStore.class).expireDue(100);
        assertThat(worker.status(expired)).isEqualTo("expired");

        worker.jobs.cancel(worker.tenant(), witness);
        await().until(call("witness.")::cut); // so the watch has looked since

        assertThat(call("expired.").cut()).isFalse();
        call("expired.").answer();
        await().untilAsserted(() -> assertThat(worker.calls(expired)).containsExactly("confirmed"));
    }

    private JobId submitAndCall(String prompt) {
        JobId job = worker.submit(prompt);
        await().pollInterval(Duration.ofMillis(5))
                .until(() -> worker.provider.call(prompt).isPresent());
        return job;
    }

    private HangingProvider.Call call(String prompt) {
        return worker.provider.call(prompt).orElseThrow();
    }

    /// The task ends as done: nothing failed, and nothing runs again.
    private void awaitEndOfTask(JobId job) {
        await().untilAsserted(() -> assertThat(states(job)).containsExactly("SUCCEEDED"));
    }

    private List<String> states(JobId job) {
        return worker.jdbc
                .sql("SELECT state FROM jobrunr.jobrunr_jobs WHERE jobAsJson LIKE '%' || ? || '%'")
                .param(job.value().toString())
                .query((row, _) -> row.getString(1))
                .list();
    }
}
