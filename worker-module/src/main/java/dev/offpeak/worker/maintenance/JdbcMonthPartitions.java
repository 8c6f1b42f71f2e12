package dev.offpeak.worker.maintenance;

import org.springframework.jdbc.core.simple.JdbcClient;

/// Keeps partitions ready for the months to come, for every table that has some. What came before a month had its own
/// stands in the default partition, which works, but cannot be dropped by the month.
final class JdbcMonthPartitions {

    private static final int MONTHS_AHEAD = 4;

    private final JdbcClient jdbc;

    JdbcMonthPartitions(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    void ensure() {
        jdbc.sql("""
                SELECT ensure_month_partitions(relname, CAST(now() AT TIME ZONE 'UTC' AS date), :months)
                  FROM pg_partitioned_table
                  JOIN pg_class ON pg_class.oid = partrelid
                 WHERE relnamespace = current_schema()::regnamespace AND partstrat = 'r'
                """)
                .param("months", MONTHS_AHEAD)
                .query((row, number) -> number)
                .list();
    }
}
