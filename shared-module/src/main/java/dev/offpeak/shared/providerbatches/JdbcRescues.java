package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.failpoints.Failpoint;
import dev.offpeak.shared.failpoints.Failpoints;
import dev.offpeak.shared.providers.DirectCapacity.Due;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

final class JdbcRescues implements Rescues {

    private static final UUID FIRST = new UUID(0, 0); // before all ids
    private static final UUID LAST = new UUID(-1, -1); // after all ids
    private static final int PAGE = 20_000;

    private final JdbcClient jdbc;
    private final TransactionOperations transaction;
    private final AtomicReference<UUID> looked = new AtomicReference<>(FIRST);

    JdbcRescues(JdbcClient jdbc, TransactionOperations transaction) {
        this.jdbc = jdbc;
        this.transaction = transaction;
    }

    /// What is left of the limits of bulks that could reach them: less what is billed, what lines under way may
    /// cost, and what the calls may of those that are called one by one.
    private static final String LIMITS = """
            WITH limited AS MATERIALIZED (
                SELECT bulk.id,
                       bulk.max_cost_usd
                       - (SELECT coalesce(sum(billed_usd), 0) FROM ledger_entry
                           WHERE batch_id = bulk.id AND NOT corrected)
                       - (SELECT coalesce(sum(line.estimate_usd), 0)
                            FROM provider_batch under_way
                            JOIN provider_batch_line line ON line.provider_batch_id = under_way.id
                                                         AND line.state IN ('assigned', 'sent')
                           WHERE under_way.batch_id = bulk.id AND under_way.finished_at IS NULL)
                       - (SELECT coalesce(sum(coalesce(input.call_estimate_usd, 2 * input.estimate_usd)), 0)
                            FROM job
                            JOIN job_input input ON input.job_id = job.id AND input.job_created_at = job.created_at
                           WHERE job.batch_id = bulk.id AND job.status IN ('queued', 'running')
                             AND job.not_before < 'infinity') AS remaining
                  FROM batch bulk
                 WHERE bulk.max_cost_usd IS NOT NULL AND bulk.finished_at IS NULL
                   -- a line and its call cost three times a line at most
                   AND coalesce(bulk.max_cost_usd < 3 * bulk.estimate_usd, true))
            """;

    /// What the call of a rescue adds: the list price is twice that of a line, which it replaces where that is
    /// not sent yet.
    private static final String ADDS = "line.estimate_usd * CASE line.state WHEN 'assigned' THEN 1 ELSE 2 END";

    /// A batch that has just ended is about to be read: that is faster than any call, and paid already.
    private static final String LATE = """
             FROM job
             JOIN provider_batch_line line ON line.job_id = job.id AND line.job_created_at = job.created_at
                                          AND line.state IN ('assigned', 'sent')
             JOIN provider_batch batch ON batch.id = line.provider_batch_id
            WHERE job.status = 'batched' AND job.deadline < now() + make_interval(secs => :within) AND job.deadline > now()
              AND batch.protocol = :protocol AND batch.provider = :provider AND batch.account = :account
              AND coalesce(batch.ended_at < now() - interval '15 seconds', true)
              -- one that was called already goes again when its pause is over, while it has attempts left
              AND (NOT job.rescue OR job.not_before <= now() AND job.attempts < :maxAttempts)
              AND NOT EXISTS (SELECT FROM limited
                               WHERE limited.id = job.batch_id AND coalesce(%s > limited.remaining, true))
            """.formatted(ADDS);

    @Override
    public List<Account> accounts() {
        return jdbc.sql("""
                SELECT protocol, provider, account, sum(lines) AS lines
                  FROM provider_batch WHERE finished_at IS NULL
                 GROUP BY protocol, provider, account
                """)
                .query((row, _) -> new Account(
                        new ProviderAccount(
                                row.getString("protocol"),
                                row.getString("account"),
                                !row.getString("protocol").equals(row.getString("provider"))),
                        row.getInt("lines")))
                .list();
    }

    @Override
    public List<Due> due(ProviderAccount account, Duration within, int maxAttempts) {
        return late(
                        LIMITS + " SELECT floor(extract(epoch FROM job.deadline - now())) AS seconds, count(*) AS jobs "
                                + LATE + " GROUP BY 1 ORDER BY 1",
                        account,
                        within,
                        maxAttempts)
                .query((row, _) -> new Due(Duration.ofSeconds(row.getLong("seconds")), row.getInt("jobs")))
                .list();
    }

    @Override
    public List<Due> atWorst(ProviderAccount account) {
        return jdbc.sql("""
                SELECT floor(extract(epoch FROM coalesce(nearest_deadline, now()) - now())) AS seconds, sum(lines) AS jobs
                  FROM provider_batch
                 WHERE finished_at IS NULL AND protocol = :protocol AND provider = :provider AND account = :account
                   AND lines > 0
                 GROUP BY 1 ORDER BY 1
                """)
                .param("protocol", account.provider())
                .param("provider", account.shownAs())
                .param("account", account.account())
                .query((row, _) -> new Due(Duration.ofSeconds(row.getLong("seconds")), row.getInt("jobs")))
                .list();
    }

    @Override
    public int underWay(ProviderAccount account) {
        return jdbc.sql("""
                SELECT count(*) FROM job
                 WHERE rescue AND finished_at IS NULL AND rescue_account = :key
                   AND (status = 'running' OR status = 'queued' AND not_before <= now())
                """).param("key", key(account)).query(Integer.class).single();
    }

    private static String key(ProviderAccount account) {
        return account.provider() + "/" + account.shownAs() + "/" + account.account();
    }

    @Override
    public int begin(ProviderAccount account, int jobs, Duration within, Duration tooShort, int maxAttempts) {
        return transaction.execute(_ -> {
            int begun = begin(account, jobs, within, tooShort, maxAttempts, "job.deadline >=");
            return begun < jobs
                    ? begun + begin(account, jobs - begun, within, tooShort, maxAttempts, "job.deadline <")
                    : begun;
        });
    }

    /// @param side of the moment until which a call may be too slow; in plain order, so that an index gives it
    private int begin(
            ProviderAccount account, int jobs, Duration within, Duration tooShort, int maxAttempts, String side) {
        List<UUID> begun = late("""
                %s, late AS (
                    SELECT job.id, job.batch_id, job.deadline, %s AS adds %s
                       AND %s now() + make_interval(secs => :tooShort)
                     ORDER BY job.deadline LIMIT :jobs
                       FOR UPDATE OF job SKIP LOCKED),   -- whoever has it ends or settles it
                paid AS (   -- those of one bulk, one after another
                    SELECT late.id
                      FROM (SELECT id, batch_id, sum(adds) OVER (PARTITION BY batch_id ORDER BY deadline, id) AS adds
                              FROM late) late
                      LEFT JOIN limited ON limited.id = late.batch_id
                     WHERE limited.id IS NULL OR late.adds <= limited.remaining)
                UPDATE job
                   SET status = 'queued', rescue = true, rescue_account = :key, task_id = NULL, not_before = now(),
                       wait_reason = NULL,
                       lane_reasons = CASE WHEN rescue THEN lane_reasons
                                           ELSE lane_reasons || 'its line would have come too late'::text END,
                       row_version = row_version + 1
                  FROM paid WHERE job.id = paid.id
                RETURNING job.id
                """.formatted(LIMITS, ADDS, LATE, side), account, within, maxAttempts)
                .param("tooShort", tooShort.toMillis() / 1000.0)
                .param("jobs", jobs)
                .param("key", key(account))
                .query((row, _) -> row.getObject("id", UUID.class))
                .list();
        if (!begun.isEmpty()) {
            withdraw(begun);
            Failpoints.reach(Failpoint.RESCUE_WRITTEN);
        }
        return begun.size();
    }

    private void withdraw(List<UUID> jobs) {
        jdbc.sql("""
                UPDATE provider_batch_line SET state = 'withdrawn', settled_at = now()
                 WHERE job_id = ANY (CAST(:jobs AS uuid[])) AND state IN ('assigned', 'sent') AND state = 'assigned'
                """).param("jobs", jobs.toArray(UUID[]::new)).update();
    }

    private JdbcClient.StatementSpec late(String sql, ProviderAccount account, Duration within, int maxAttempts) {
        return jdbc.sql(sql)
                .param("within", within.toMillis() / 1000.0)
                .param("protocol", account.provider())
                .param("provider", account.shownAs())
                .param("account", account.account())
                .param("maxAttempts", maxAttempts);
    }

    /// A page at a time: where much waits, all of it is too much to read at once.
    @Override
    public int requeueStranded(int limit) {
        UUID from = looked.get();
        Optional<UUID> upTo = jdbc.sql("""
                SELECT id FROM job WHERE status = 'batched' AND id > :from ORDER BY id OFFSET :page LIMIT 1
                """)
                .param("from", from)
                .param("page", PAGE)
                .query(UUID.class)
                .optional();
        int requeued = jdbc.sql("""
                WITH stranded AS (
                    SELECT job.id FROM job
                     WHERE job.status = 'batched' AND job.id > :from AND job.id <= :upTo
                       AND NOT EXISTS (SELECT FROM provider_batch_line line
                                        WHERE line.job_id = job.id AND line.job_created_at = job.created_at
                                          AND line.state IN ('assigned', 'sent'))
                     LIMIT :limit
                       FOR UPDATE OF job SKIP LOCKED)
                UPDATE job SET status = 'queued', task_id = NULL, not_before = %s, row_version = row_version + 1
                  FROM stranded WHERE job.id = stranded.id
                """.formatted(BoundedLines.DUE))
                .param("from", from)
                .param("upTo", upTo.orElse(LAST))
                .param("limit", limit)
                .update();
        if (requeued < limit) {
            looked.set(upTo.orElse(FIRST));
        }
        return requeued;
    }
}
