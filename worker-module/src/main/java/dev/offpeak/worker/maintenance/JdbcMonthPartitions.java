package dev.offpeak.worker.maintenance;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Keeps partitions ready for the months to come, for every table that has some. What came before a month had its own
/// stands in the default partition, which works, but cannot be dropped by the month.
final class JdbcMonthPartitions {

    private static final Logger log = LoggerFactory.getLogger(JdbcMonthPartitions.class);
    private static final int MONTHS_AHEAD = 4;

    private final JdbcClient jdbc;

    JdbcMonthPartitions(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /// Each table for itself, so that one in trouble holds up no other and no lock is held for long.
    void ensure() {
        jdbc.sql("""
                SELECT relname
                  FROM pg_partitioned_table
                  JOIN pg_class ON pg_class.oid = partrelid
                 WHERE relnamespace = current_schema()::regnamespace AND partstrat = 'r'
                 ORDER BY relname
                """).query(String.class).list().forEach(this::ensure);
    }

    private void ensure(String table) {
        try {
            int skipped = jdbc.sql(
                            "SELECT ensure_month_partitions(:table, CAST(now() AT TIME ZONE 'UTC' AS date), :months)")
                    .param("table", table)
                    .param("months", MONTHS_AHEAD)
                    .query(Integer.class)
                    .single();
            if (skipped > 0) {
                log.atWarn()
                        .addKeyValue("table", table)
                        .addKeyValue("months", skipped)
                        .log("Months have no partition; their rows stand in the default one and cannot be dropped"
                                + " by the month");
            }
        } catch (DataAccessException e) {
            log.atWarn()
                    .addKeyValue("table", table)
                    .setCause(e)
                    .log("Partitions of the coming months could not be made; the next turn tries again");
        }
    }
}
