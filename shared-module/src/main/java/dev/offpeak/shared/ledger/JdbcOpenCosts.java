package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;

final class JdbcOpenCosts implements OpenCosts {

    private final JdbcClient jdbc;

    JdbcOpenCosts(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    @Override
    public int writeOff(Duration after, int limit) {
        return jdbc.sql("""
                WITH old AS (
                    SELECT source, source_id, source_created_at FROM ledger_entry
                     WHERE status = 'unconfirmed' AND settled_at IS NULL AND at < now() - make_interval(secs => :after)
                     ORDER BY at LIMIT :limit
                       FOR UPDATE SKIP LOCKED),   -- looks at the row again where it was answered meanwhile
                settled AS (
                    UPDATE ledger_entry entry SET settled_at = now() FROM old
                     WHERE entry.source = old.source AND entry.source_id = old.source_id
                       AND entry.source_created_at = old.source_created_at
                    RETURNING entry.job_id),
                seen AS (   -- who polls with an entity tag sees that the cost is final
                    UPDATE job SET row_version = row_version + 1
                     WHERE id IN (SELECT job_id FROM settled) AND finished_at IS NOT NULL
                    RETURNING id, created_at),
                watched AS (   -- ended by a process of an earlier release, which did not say so
                    INSERT INTO cost_watch (job_id)
                    SELECT seen.id FROM seen JOIN job_input input ON input.job_id = seen.id AND input.job_created_at = seen.created_at
                     WHERE input.webhook_url IS NOT NULL
                        ON CONFLICT DO NOTHING)
                SELECT count(*) FROM settled
                """)
                .param("after", after.toMillis() / 1000.0)
                .param("limit", limit)
                .query(Integer.class)
                .single();
    }

    @Override
    public Sum sum() {
        return jdbc.sql("""
                SELECT count(*) AS calls, coalesce(sum(billed_usd), 0) AS usd FROM ledger_entry
                 WHERE status = 'unconfirmed' AND settled_at IS NULL
                """)
                .query((row, _) -> new Sum(row.getLong("calls"), new Usd(row.getBigDecimal("usd"))))
                .single();
    }
}
