package dev.offpeak.shared.queue;

import dev.offpeak.shared.core.PrefixedId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.JobDetails;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.StorageProvider;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionSynchronizationManager;

/// Tasks as rows of JobRunr. It saves them without JobRunr's scheduler, which would copy the thread's logging context
/// into the row.
final class JobRunrJobQueue implements JobQueue {

    private final StorageProvider tasks;
    private final JdbcClient jdbc;
    private final JobMapper mapper = new JobMapper(TaskJson.mapper());

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

    /// The worker that a task was handed to, found without parsing: a row that somebody broke must not stop
    /// the look at the others. The last one that its history names is the newest. No regular expression: over
    /// texts of this size it takes hundreds of times as long, and every running task is asked every second.
    private static final String HANDED_TO = """
            left(split_part(task.jobAsJson, '"serverId":"', -1), 36)
            """;

    private static final String LIVES = """
            worker.stopped_at IS NULL AND worker.beat_at > clock_timestamp() - make_interval(secs => :deadAfter)
            """;

    /// JobRunr's server says at every poll of its own that it lives and what it runs. Both times come from the
    /// clock of that worker's process, whatever it shows, so that they can be compared.
    private static final String RUN_BY_A_LIVING_WORKER = """
            EXISTS (SELECT FROM worker
                      JOIN jobrunr.jobrunr_backgroundjobservers server ON server.id::text = worker.id::text
                     WHERE worker.id::text = %s AND %s
                       AND task.updatedAt
                           > server.lastHeartbeat - 3 * make_interval(secs => server.pollIntervalInSeconds))
            """.formatted(HANDED_TO, LIVES);

    @Override
    public Set<UUID> live(Collection<UUID> taskIds, Duration deadAfter) {
        if (taskIds.isEmpty()) {
            return Set.of();
        }
        // JobRunr's ids are of type char: compared with text, its index would be of no use.
        return jdbc.sql("""
                        SELECT id FROM jobrunr.jobrunr_jobs task
                         WHERE id = ANY (string_to_array(:ids, ',')::bpchar[])
                           -- Nothing of ours is ever SCHEDULED or AWAITING: such a row is somebody's hand, and may wait for ever.
                           -- And nobody fetches a task that says it is of a kind or version that we did not write.
                           AND (state = 'ENQUEUED' AND pool || '/' || kind IN (:known)
                                OR state = 'PROCESSING' AND %s)
                        """.formatted(RUN_BY_A_LIVING_WORKER))
                .param("known", TaskSource.names())
                .param("deadAfter", seconds(deadAfter))
                .param("ids", taskIds.stream().map(UUID::toString).collect(Collectors.joining(",")))
                .query((row, number) -> UUID.fromString(row.getString("id")))
                .set();
    }

    @Override
    public List<Task> stranded(Duration deadAfter) {
        return jdbc
                .sql("""
                        SELECT jobAsJson FROM jobrunr.jobrunr_jobs task
                         WHERE state = 'PROCESSING'
                           AND %s <> ALL (ARRAY(SELECT worker.id::text FROM worker WHERE %s))
                        """.formatted(HANDED_TO, LIVES))
                .param("deadAfter", seconds(deadAfter))
                .query((row, number) -> task(row.getString("jobAsJson")))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /// @return empty where the row cannot be read: then [#live] does not find it either
    private Optional<Task> task(String json) {
        try {
            return Stream.of(mapper.deserializeJob(json).getJobDetails().getJobParameterValues())
                    .filter(RunJob.class::isInstance)
                    .map(RunJob.class::cast)
                    .findFirst()
                    .flatMap(RunJob::toTask);
        } catch (RuntimeException broken) {
            return Optional.empty();
        }
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }

    /// What the dashboard shows: the id as the API gives it out, and nothing else.
    private static String nameForOperators(Task task) {
        return switch (task.kind()) {
            case JOB -> "job " + PrefixedId.format("job", task.id());
            case DELIVERY -> "delivery " + PrefixedId.format("del", task.id());
            case FEEDER -> "feed batch " + PrefixedId.format("bat", task.id());
            case PROVIDER_BATCH -> "provider batch " + PrefixedId.format("pb", task.id());
        };
    }
}
