package dev.offpeak.worker.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import dev.offpeak.shared.testing.TestServers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;

class JdbcMonthPartitionsIT {

    private final HikariDataSource pool = pool(TestServers.freshDatabase());
    private final JdbcClient jdbc = JdbcClient.create(pool);
    private final JdbcMonthPartitions partitions = new JdbcMonthPartitions(jdbc);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void makesTheMissingMonthsOfEveryTable() {
        int before = count();
        dropNewestOf("call");
        dropNewestOf("webhook_message");
        assertThat(count()).isEqualTo(before - 2);

        partitions.ensure();
        partitions.ensure();

        assertThat(count()).isEqualTo(before);
    }

    @Test
    void skipsAMonthThatStandsInTheDefaultPartitionAndMakesTheOthers() {
        jdbc.sql("CREATE TABLE aaa (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
                .update();
        jdbc.sql("CREATE TABLE aaa_default PARTITION OF aaa DEFAULT").update();
        jdbc.sql("INSERT INTO aaa SELECT now() + interval '1 month'").update();
        int before = count();
        dropNewestOf("call");

        partitions.ensure();

        assertThat(count()).as("three of aaa, and the one of call").isEqualTo(before + 3);
    }

    @Test
    void doesNotWaitForLongBehindWhoeverHoldsATable() throws Exception {
        int before = count();
        dropNewestOf("call");
        dropNewestOf("webhook_message");
        try (var other = pool.getConnection();
                var statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("LOCK TABLE call_default IN ACCESS SHARE MODE");

            partitions.ensure();

            assertThat(count()).isEqualTo(before - 1);
            other.rollback();
        }
        partitions.ensure();
        assertThat(count()).isEqualTo(before);
    }

    @Test
    void givesNewMonthsTheIndexOfWhatIsOpen() {
        dropNewestOf("ledger_entry");

        partitions.ensure();

        assertThat(jdbc.sql("""
                SELECT (SELECT count(*) FROM pg_inherits WHERE inhparent = 'ledger_entry'::regclass)
                       - (SELECT count(*) FROM pg_inherits JOIN pg_index ON indexrelid = inhrelid AND indisvalid
                           WHERE inhparent = 'ledger_open'::regclass)
                """).query(Integer.class).single())
                .as("months without it")
                .isZero();
    }

    private int count() {
        return jdbc.sql("SELECT count(*) FROM pg_class WHERE relispartition AND relkind = 'r'")
                .query(Integer.class)
                .single();
    }

    private void dropNewestOf(String table) {
        var newest = jdbc.sql("""
                        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
                         WHERE inhparent = CAST(:table AS regclass) AND relname <> :table || '_default'
                         ORDER BY relname DESC LIMIT 1
                        """).param("table", table).query(String.class).single();
        jdbc.sql("DROP TABLE " + newest).update();
    }

    private static HikariDataSource pool(TestServers.Database database) {
        var pool = new HikariDataSource();
        pool.setJdbcUrl(database.jdbcUrl());
        pool.setUsername(database.username());
        pool.setPassword(database.password());
        pool.setMaximumPoolSize(3);
        return pool;
    }
}
