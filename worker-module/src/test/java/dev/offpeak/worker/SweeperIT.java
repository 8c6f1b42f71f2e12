package dev.offpeak.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.webhooks.WebhookOutbox;
import dev.offpeak.shared.webhooks.WebhookTarget;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/// Whatever somebody does to JobRunr's rows, due work is done. With the defaults that takes no longer than half a
/// minute; here forgotten work is looked for more often.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SweeperIT {

    /// What can be done to a row before any worker sees it: it commits together with the work that it should wake.
    private static final List<String> FATES = List.of(
            "DELETE FROM jobrunr.jobrunr_jobs WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET state = 'FAILED' WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET state = 'SUCCEEDED' WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET state = 'DELETED' WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET state = 'AWAITING' WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET state = 'PROCESSING' WHERE id = CAST(? AS bpchar)",
            """
            UPDATE jobrunr.jobrunr_jobs SET state = 'PROCESSING', updatedAt = '2099-01-01', jobAsJson =
                   replace(jobAsJson, '"state":"ENQUEUED"', '"state":"PROCESSING","serverId":"%s"')
             WHERE id = CAST(? AS bpchar)""".formatted(UUID.randomUUID()),
            "UPDATE jobrunr.jobrunr_jobs SET state = 'SCHEDULED', scheduledAt = '2099-01-01' WHERE id = CAST(? AS bpchar)",
            "UPDATE jobrunr.jobrunr_jobs SET jobAsJson = '{' WHERE id = CAST(? AS bpchar)");

    private final RunningWorker worker = new RunningWorker("--offpeak.maintenance.forgotten-every=1s");
    private final JdbcClient inside = worker.context.getBean(JdbcClient.class);
    private final TransactionTemplate transaction =
            new TransactionTemplate(worker.context.getBean(PlatformTransactionManager.class));

    SweeperIT() {
        worker.provider.answerAtOnce();
    }

    @AfterAll
    void stop() {
        worker.close();
    }

    @Test
    void wakesJobsAndDeliveriesWhateverBecameOfTheirTasks() {
        var jobs = new ArrayList<JobId>();
        for (String fate : FATES) {
            transaction.executeWithoutResult(_ -> {
                JobId job = worker.submit("fate.");
                meet(fate, "SELECT task_id FROM job WHERE id = ?", job.value());
                jobs.add(job);
            });
        }
        for (int i = 0; i < FATES.size(); i++) {
            String fate = FATES.get(i);
            JobId job = jobs.get(i);
            transaction.executeWithoutResult(_ -> {
                Instant createdAt = inside.sql("SELECT created_at FROM job WHERE id = ?")
                        .param(job.value())
                        .query((row, _) -> row.getTimestamp(1).toInstant())
                        .single();
                worker.context
                        .getBean(WebhookOutbox.class)
                        .jobEnded(
                                worker.tenant(),
                                job,
                                createdAt,
                                "job.test",
                                "{}",
                                new WebhookTarget("http://127.0.0.1:9/hook", null));
                meet(fate, """
                        SELECT d.task_id FROM webhook_delivery d JOIN webhook_message m ON m.id = d.message_id
                         WHERE m.job_id = ?
                        """, job.value());
            });
        }

        await().untilAsserted(() -> {
            assertThat(worker.statuses(jobs)).hasSize(jobs.size()).containsOnly("succeeded");
            assertThat(number("SELECT count(*) FROM webhook_delivery WHERE tries = 0"))
                    .as("deliveries without a try")
                    .isZero();
        });
        assertThat(number("SELECT count(*) FROM webhook_delivery")).isEqualTo(FATES.size());
        assertThat(number("SELECT count(*) FROM call WHERE job_id IN (SELECT id FROM job)"))
                .as("one call for each job, however often it was woken")
                .isEqualTo(number("SELECT count(*) FROM job"));
    }

    @Test
    void wakesEverythingAfterTheWholeTableWasEmptied() {
        var jobs = new ArrayList<JobId>();
        transaction.executeWithoutResult(_ -> {
            for (int i = 0; i < 300; i++) {
                jobs.add(worker.submit("emptied."));
            }
            inside.sql("DELETE FROM jobrunr.jobrunr_jobs").update();
        });

        await().untilAsserted(() ->
                assertThat(worker.statuses(jobs)).hasSize(jobs.size()).containsOnly("succeeded"));
    }

    @Test
    void wakesAgainWhatIsDroppedWhileItIsWoken() {
        var jobs = new ArrayList<JobId>();
        transaction.executeWithoutResult(_ -> {
            for (int i = 0; i < 50; i++) {
                jobs.add(worker.submit("dropped."));
            }
            inside.sql("UPDATE job SET task_id = NULL WHERE status = 'queued'").update();
            inside.sql("DELETE FROM jobrunr.jobrunr_jobs WHERE state = 'ENQUEUED'")
                    .update();
        });
        long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
        while (System.nanoTime() < end) { // while wakeDue goes on
            worker.jdbc
                    .sql("DELETE FROM jobrunr.jobrunr_jobs WHERE state IN ('ENQUEUED', 'PROCESSING')")
                    .update();
        }

        await().untilAsserted(() ->
                assertThat(worker.statuses(jobs)).hasSize(jobs.size()).containsOnly("succeeded"));
    }

    private void meet(String fate, String findTask, UUID job) {
        UUID task = inside.sql(findTask).param(job).query(UUID.class).single();
        assertThat(inside.sql(fate).param(task.toString()).update()).isOne();
    }

    private long number(String sql) {
        return worker.jdbc.sql(sql).query(Long.class).single();
    }
}
