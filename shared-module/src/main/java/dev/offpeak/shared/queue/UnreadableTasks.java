package dev.offpeak.shared.queue;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jobrunr.jobs.Job;
import org.jobrunr.jobs.mappers.JobMapper;
import org.jobrunr.jobs.states.StateName;
import org.jobrunr.storage.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/// Keeps one row with broken JSON from stopping every server: JobRunr reads a page of rows as a whole, fails on it at
/// each poll, and gives up. What cannot be read is moved out of the way; the sweeper wakes its work with a new task.
final class UnreadableTasks {

    private static final Logger log = LoggerFactory.getLogger(UnreadableTasks.class);
    private static final int LOOK_AT = 1000; // more than any page that the engine reads

    private final JdbcClient jdbc;
    private final JobMapper mapper;

    UnreadableTasks(DataSource dataSource, JobMapper mapper) {
        this.jdbc = JdbcClient.create(dataSource);
        this.mapper = mapper;
    }

    /// Reads, and reads again without the rows that could not be read.
    ///
    /// @throws RuntimeException where the fault is not in the rows
    List<Job> readingAround(StateName state, Supplier<List<Job>> read) {
        try {
            return read.get();
        } catch (StorageException databaseFault) {
            throw databaseFault;
        } catch (RuntimeException e) {
            if (setAside(state) == 0) {
                throw e;
            }
            return read.get();
        }
    }

    private int setAside(StateName state) {
        int moved = 0;
        for (String id : unreadable(state)) {
            moved += setAside(jdbc, id);
        }
        return moved;
    }

    /// Moves one row out of the way, in the transaction of the connection.
    void setAside(Connection connection, String id) {
        boolean leaveOpen = true;
        setAside(JdbcClient.create(new SingleConnectionDataSource(connection, leaveOpen)), id);
    }

    /// Looks at queued tasks that no fetch of this worker asks for: broken ones may name neither pool nor kind. Whole
    /// ones wait for a worker that knows them.
    ///
    /// @param after where the last look ended; the first begins with an empty text
    /// @return where this look ended; empty once it has seen the last one
    String setAsideStrangers(String after) {
        Map<String, String> strangers = new LinkedHashMap<>();
        jdbc.sql("""
                WITH strange AS MATERIALIZED (   -- in the order of their ids the whole table would be read
                    SELECT id FROM jobrunr.jobrunr_jobs
                     WHERE state = 'ENQUEUED' AND (pool || '/' || kind) NOT IN (:known) AND id > :after::bpchar)
                SELECT task.id, task.jobasjson
                  FROM (SELECT id FROM strange ORDER BY id LIMIT :most) first
                  JOIN jobrunr.jobrunr_jobs task ON task.id = first.id
                 ORDER BY task.id
                """)
                .param("known", TaskSource.names())
                .param("after", after)
                .param("most", LOOK_AT)
                .query(row -> {
                    strangers.put(row.getString("id"), row.getString("jobasjson"));
                });
        String last = "";
        for (var stranger : strangers.entrySet()) {
            last = stranger.getKey();
            if (!isReadable(stranger.getValue())) {
                setAside(jdbc, stranger.getKey());
            }
        }
        return strangers.size() < LOOK_AT ? "" : last;
    }

    private static int setAside(JdbcClient jdbc, String id) {
        int moved = jdbc.sql("""
                            WITH gone AS (DELETE FROM jobrunr.jobrunr_jobs WHERE id = :id::bpchar RETURNING id, state, jobAsJson)
                            INSERT INTO unreadable_task (id, state, task) SELECT id, state, jobAsJson FROM gone
                            ON CONFLICT (id) DO UPDATE SET task = excluded.task, found_at = clock_timestamp()
                            """).param("id", id).update();
        if (moved > 0) {
            log.atWarn()
                    .addKeyValue("task", id)
                    .log("A task's row cannot be read; it is kept in unreadable_task and its work is woken anew");
        }
        return moved;
    }

    private List<String> unreadable(StateName state) {
        List<String> found = new ArrayList<>();
        jdbc.sql("SELECT id, jobAsJson FROM jobrunr.jobrunr_jobs WHERE state = :state ORDER BY updatedAt LIMIT :most")
                .param("state", state.name())
                .param("most", LOOK_AT)
                .query(row -> {
                    if (!isReadable(row.getString("jobAsJson"))) {
                        found.add(row.getString("id"));
                    }
                });
        return found;
    }

    private boolean isReadable(String json) {
        try {
            mapper.deserializeJob(json);
            return true;
        } catch (RuntimeException broken) {
            return false;
        }
    }
}
