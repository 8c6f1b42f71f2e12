package dev.offpeak.shared.queue;

import dev.offpeak.shared.core.PrefixedId;
import java.util.Collection;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.StorageProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Tasks as rows of JobRunr. It saves them without JobRunr's scheduler, which would copy the thread's logging context
/// into the row.
final class JobRunrJobQueue implements JobQueue {

    private final StorageProvider tasks;
    private final JdbcClient jdbc;

    JobRunrJobQueue(StorageProvider tasks, JdbcClient jdbc) {
        this.tasks = tasks;
        this.jdbc = jdbc;
    }

    @Override
    public void enqueue(Task task) {
        if (!TransactionSynchronizationManager.isActualTransactionActive()) {
            throw new IllegalStateException("Enqueue needs the transaction that writes what the task is about");
        }
        var job = new Job(task.taskId(), new JobDetails(RunJob.of(task)));
        job.setJobName(nameForOperators(task));
        try {
            tasks.save(job);
        } catch (ConcurrentJobModificationException alreadyThere) {
            // Equal wakes have equal ids: whoever came first enqueued it.
        }
    }

    @Override
    public Set<UUID> live(Collection<UUID> taskIds) {
        if (taskIds.isEmpty()) {
            return Set.of();
        }
        // JobRunr's ids are of type char: compared with text, its index would be of no use.
        return jdbc.sql("""
                        SELECT id FROM jobrunr.jobrunr_jobs
                        WHERE id = ANY (string_to_array(:ids, ',')::bpchar[])
                          AND state IN ('ENQUEUED', 'PROCESSING', 'SCHEDULED', 'AWAITING')
                        """)
                .param("ids", taskIds.stream().map(UUID::toString).collect(Collectors.joining(",")))
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .set();
    }

    /// What the dashboard shows: the id as the API gives it out, and nothing else.
    private static String nameForOperators(Task task) {
        return switch (task.kind()) {
            case JOB -> "job " + PrefixedId.format("job", task.id());
            case DELIVERY -> "delivery " + PrefixedId.format("del", task.id());
        };
    }
}
