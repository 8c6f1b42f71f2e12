package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcSettledCosts implements SettledCosts {

    private static final Logger log = LoggerFactory.getLogger(JdbcSettledCosts.class);

    /// Nothing of the job is open.
    private static final String SETTLED = """
            watch.look_at <= now()
               AND NOT EXISTS (SELECT FROM call WHERE call.job_id = watch.job_id AND call.status = 'in_flight')
               AND NOT EXISTS (SELECT FROM provider_batch_line line
                                WHERE line.job_id = watch.job_id AND line.state IN ('assigned', 'sent')
                                  AND line.state = 'sent')
               AND watch.job_id NOT IN (SELECT line.job_id   -- asked once, not for each job
                                          FROM provider_batch_twin twin
                                               CROSS JOIN LATERAL (SELECT job_id FROM provider_batch_line
                                                                    WHERE provider_batch_id = twin.provider_batch_id
                                                                      AND state NOT IN ('assigned', 'withdrawn')
                                                                   OFFSET 0) line
                                         WHERE twin.ended_at IS NULL)
               AND NOT EXISTS (SELECT FROM ledger_entry entry
                                WHERE entry.job_id = watch.job_id AND entry.status = 'unconfirmed'
                                  AND entry.settled_at IS NULL)
            """;

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final JdbcJobEndings endings;

    JdbcSettledCosts(JdbcClient jdbc, TransactionOperations transaction, JdbcJobEndings endings) {
        this.jdbc = jdbc;
        this.transaction = transaction;
        this.endings = endings;
    }

    private record Settled(JobId job, JdbcJobEndings.Ended at) {}

    @Override
    public int announce(int limit) {
        return OneByOne.orEachAlone(
                () -> announceWhere(SETTLED, Map.of(), limit),
                () -> waiting(limit),
                job -> announceWhere("watch.job_id = :job AND " + SETTLED, Map.of("job", job.value()), 1),
                this::setAside);
    }

    private int announceWhere(String condition, Map<String, Object> params, int limit) {
        return transaction.execute(_ -> {
            List<Settled> settled = jdbc.sql("""
                    SELECT watch.job_id, job.tenant_id, job.created_at, now() AS finished_at, input.webhook_url,
                           input.webhook_secret
                      FROM cost_watch watch
                           -- By key: the planner guesses that a table which is empty most of the time has thousands of
                           -- rows, and would read all jobs there are to find nothing.
                           CROSS JOIN LATERAL (SELECT * FROM job WHERE id = watch.job_id OFFSET 0) job
                           CROSS JOIN LATERAL (SELECT * FROM job_input
                                                WHERE job_id = job.id AND job_created_at = job.created_at OFFSET 0) input
                     WHERE %s
                     ORDER BY watch.look_at LIMIT :limit
                       FOR UPDATE OF watch SKIP LOCKED   -- another worker that takes itself for the leader
                    """.formatted(condition))
                    .params(params)
                    .param("limit", limit)
                    .query(JdbcSettledCosts::settled)
                    .list();
            settled.forEach(this::announce);
            if (!settled.isEmpty()) {
                Failpoints.reach(Failpoint.COST_SETTLED_WRITTEN);
            }
            return settled.size();
        });
    }

    private List<JobId> waiting(int limit) {
        return jdbc.sql("SELECT watch.job_id FROM cost_watch watch WHERE " + SETTLED
                        + " ORDER BY watch.look_at LIMIT :limit")
                .param("limit", limit)
                .query((row, _) -> new JobId(row.getObject("job_id", UUID.class)))
                .list();
    }

    private void announce(Settled settled) {
        if (endings.announceCost(settled.job(), settled.at())) {
            jdbc.sql("DELETE FROM cost_watch WHERE job_id = :job")
                    .param("job", settled.job().value())
                    .update();
        } else {
            putOff(settled.job());
        }
    }

    private void setAside(JobId job, RuntimeException broken) {
        log.atError()
                .addKeyValue("job", job)
                .setCause(broken)
                .log("A settled cost cannot be told of; it is tried again in a minute, the others go on");
        putOff(job);
    }

    private void putOff(JobId job) {
        jdbc.sql("UPDATE cost_watch SET look_at = now() + interval '1 minute' WHERE job_id = :job")
                .param("job", job.value())
                .update();
    }

    private static Settled settled(ResultSet row, int number) throws SQLException {
        return new Settled(new JobId(row.getObject("job_id", UUID.class)), JdbcJobEndings.Ended.of(row));
    }
}
