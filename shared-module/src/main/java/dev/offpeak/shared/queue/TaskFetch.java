package dev.offpeak.shared.queue;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.filters.JobFilterUtils;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.server.BackgroundJobServer;
import org.jobrunr.storage.ConcurrentJobModificationException;
import org.jobrunr.storage.StorageException;
import org.jobrunr.storage.sql.common.JobTable;
import org.jobrunr.storage.sql.common.db.Transaction;

/// JobRunr's fetch with our choice of tasks: each pool by its own free places, tenants in turn. What is done with the
/// chosen ones is JobRunr's own way. A task that cannot be read is set aside alone; the others of its fetch run.
final class TaskFetch {

    /// One look is enough unless a few tenants have much and many have little; what four leave, the next fetch takes.
    private static final int MOST_LOOKS = 4;

    private final DataSource dataSource;
    private final JobMapper mapper;
    private final UnreadableTasks unreadable;
    private final Function<Connection, JobTable> tables;
    private final JdbcTurns turns = new JdbcTurns();

    TaskFetch(
            DataSource dataSource,
            JobMapper mapper,
            UnreadableTasks unreadable,
            Function<Connection, JobTable> tables) {
        this.dataSource = dataSource;
        this.mapper = mapper;
        this.unreadable = unreadable;
        this.tables = tables;
    }

    /// @return tasks that are this server's now
    List<Job> fetch(BackgroundJobServer server, FreePlaces places) {
        var filters = new JobFilterUtils(server.getJobFilters());
        try (var connection = dataSource.getConnection();
                var transaction = new Transaction(connection)) {
            List<Job> taken = take(connection, server, filters, places);
            transaction.commit();
            filters.runOnStateAppliedFilters(taken);
            return taken.stream()
                    .filter(job -> job.hasState(StateName.PROCESSING))
                    .toList();
        } catch (SQLException e) {
            throw new StorageException(e);
        }
    }

    private List<Job> take(Connection connection, BackgroundJobServer server, JobFilterUtils filters, FreePlaces places)
            throws SQLException {
        Map<Pool, Integer> free = new EnumMap<>(Pool.class);
        for (var pool : Pool.values()) {
            free.put(pool, places.of(pool));
        }
        List<Job> taken = new ArrayList<>();
        List<TaskSource> sources = TaskSource.ALL;
        for (int look = 0; look < MOST_LOOKS; look++) {
            List<JdbcTurns.Ask> asks = asks(sources, free);
            if (asks.isEmpty()) {
                break;
            }
            List<TaskSource> withMore = new ArrayList<>();
            for (var found : turns.lock(connection, asks)) {
                // Saved before the next look, which would otherwise find them again: our own locks do not stop us.
                List<Job> started = start(connection, server, filters, found.rows());
                free.merge(found.source().pool(), -started.size(), Integer::sum);
                taken.addAll(started);
                if (found.mayHoldMore()) {
                    withMore.add(found.source());
                }
            }
            sources = withMore;
        }
        return taken;
    }

    /// The places of a pool, spread over its kinds.
    private static List<JdbcTurns.Ask> asks(List<TaskSource> sources, Map<Pool, Integer> free) {
        List<JdbcTurns.Ask> asks = new ArrayList<>();
        Map<Pool, Integer> left = new EnumMap<>(free);
        Map<Pool, Long> kinds =
                sources.stream().collect(Collectors.groupingBy(TaskSource::pool, Collectors.counting()));
        for (var source : sources) {
            long share =
                    Math.ceilDiv(left.getOrDefault(source.pool(), 0), kinds.merge(source.pool(), -1L, Long::sum) + 1);
            if (share > 0) {
                asks.add(new JdbcTurns.Ask(source, (int) share));
                left.merge(source.pool(), (int) -share, Integer::sum);
            }
        }
        return asks;
    }

    private List<Job> start(
            Connection connection, BackgroundJobServer server, JobFilterUtils filters, List<JdbcTurns.Row> rows)
            throws SQLException {
        List<Job> started = new ArrayList<>();
        for (var row : rows) {
            try {
                Job job = mapper.deserializeJob(row.json());
                if (!row.id().equals(job.getId().toString())) {
                    throw new IllegalStateException("The row holds another task than its id says");
                }
                job.startProcessingOn(server);
                started.add(job);
            } catch (RuntimeException broken) {
                unreadable.setAside(connection, row.id());
            }
        }
        filters.runOnStateElectionFilter(started);
        return save(connection, started);
    }

    private List<Job> save(Connection connection, List<Job> started) throws SQLException {
        try {
            return tables.apply(connection).save(started);
        } catch (ConcurrentJobModificationException e) {
            // The rows are locked, so nobody changed them: they contradict themselves and would be found for ever.
            Set<UUID> broken =
                    e.getConcurrentUpdatedJobs().stream().map(Job::getId).collect(Collectors.toSet());
            broken.forEach(id -> unreadable.setAside(connection, id.toString()));
            return started.stream().filter(job -> !broken.contains(job.getId())).toList();
        }
    }
}
