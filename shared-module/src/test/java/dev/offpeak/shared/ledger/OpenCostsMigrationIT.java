package dev.offpeak.shared.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.offpeak.shared.core.IdGenerator;
import dev.offpeak.shared.core.TimeOrderedIds;
import dev.offpeak.shared.testing.TestServers;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/// What the migrations for open costs do to a database that an earlier release filled and still uses.
class OpenCostsMigrationIT {

    private static final IdGenerator IDS = new TimeOrderedIds(InstantSource.system());
    private static final UUID TENANT = IDS.next();

    private final TestServers.Database database = TestServers.emptyDatabase();
    private final DriverManagerDataSource source =
            new DriverManagerDataSource(database.jdbcUrl(), database.username(), database.password());
    private final JdbcClient jdbc = JdbcClient.create(source);

    @Test
    void doesNotQueueForLongBehindWhoeverUsesTheLedger() throws SQLException {
        migrateTo("43");
        try (var reader = source.getConnection();
                var statement = reader.createStatement()) {
            reader.setAutoCommit(false);
            statement.execute("LOCK TABLE ledger_entry IN ACCESS SHARE MODE");

            assertThatThrownBy(() -> migrateTo("44")).hasStackTraceContaining("lock timeout");
            reader.rollback();
        }

        migrateTo("44");
        assertThat(jdbc.sql("SELECT count(*) FROM cost_watch")
                        .query(Integer.class)
                        .single())
                .isZero();
    }

    @Test
    void makesTheIndexWhileOthersWrite() throws Exception {
        migrateTo("44");
        try (var thread = Executors.newSingleThreadExecutor();
                var writer = source.getConnection();
                var statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("LOCK TABLE ONLY ledger_entry_default IN ROW EXCLUSIVE MODE");

            var migration = thread.submit(() -> migrateTo("45"));
            await().until(() -> indexes("NOT indisvalid") > 0 && waiting());
            writeWithoutWaiting();
            assertThat(migration.isDone()).isFalse();

            writer.rollback();
            migration.get(3, TimeUnit.MINUTES);
        }
        assertThat(indexes("NOT indisvalid")).isZero();
        assertThat(indexes("indisvalid")).isEqualTo(partitions() + 1);
    }

    @Test
    void makesAnewWhatAKilledRunLeftBehind() {
        migrateTo("44");
        entry(job("cancelled", null), "unconfirmed");
        entry(job("cancelled", null), "unconfirmed");
        assertThatThrownBy(() -> jdbc.sql(
                                "CREATE UNIQUE INDEX CONCURRENTLY ledger_entry_default_open ON ledger_entry_default (tenant_id)")
                        .update())
                .as("which leaves an index that is not valid")
                .isNotNull();
        assertThat(indexes("NOT indisvalid")).isEqualTo(1);

        migrateTo("45");

        assertThat(indexes("NOT indisvalid OR indisunique")).isZero();
        assertThat(indexes("indisvalid")).isEqualTo(partitions() + 1);
    }

    @Test
    void watchesTheCostsOfJobsThatAnEarlierReleaseEnded() {
        migrateTo("45");
        UUID open = job("cancelled", "http://127.0.0.1/hook");
        entry(open, "unconfirmed");
        UUID quiet = job("cancelled", null);
        entry(quiet, "unconfirmed");
        UUID waiting = job("queued", "http://127.0.0.1/hook");
        entry(waiting, "unconfirmed");
        UUID settled = job("cancelled", "http://127.0.0.1/hook");
        entry(settled, "confirmed");
        UUID calling = job("cancelled", "http://127.0.0.1/hook");
        call(calling);

        migrateTo("46");

        assertThat(jdbc.sql("SELECT job_id FROM cost_watch").query(UUID.class).list())
                .containsExactlyInAnyOrder(open, calling);
    }

    private void migrateTo(String version) {
        Flyway.configure()
                .configuration(Map.of("flyway.postgresql.transactional.lock", "false"))
                .dataSource(source)
                .target(version)
                .load()
                .migrate();
    }

    private boolean waiting() {
        return jdbc.sql("""
                        SELECT count(*) FROM pg_stat_activity
                         WHERE wait_event_type = 'Lock' AND datname = current_database()
                        """).query(Integer.class).single() > 0;
    }

    private int indexes(String which) {
        return jdbc.sql("""
                SELECT count(*) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
                 WHERE (relname = 'ledger_open' OR relname LIKE 'ledger\\_entry\\_%%\\_open') AND (%s)
                """.formatted(which)).query(Integer.class).single();
    }

    private int partitions() {
        return jdbc.sql("SELECT count(*) FROM pg_inherits WHERE inhparent = 'ledger_entry'::regclass")
                .query(Integer.class)
                .single();
    }

    /// As any worker does, into the partition that is being indexed.
    private void writeWithoutWaiting() throws SQLException {
        try (var connection = source.getConnection();
                var statement = connection.createStatement()) {
            statement.execute("SET lock_timeout = '2s'");
            statement.execute("DELETE FROM ledger_entry_default");
        }
    }

    private UUID job(String status, @Nullable String webhook) {
        UUID job = IDS.next();
        jdbc.sql("INSERT INTO tenant (id, name) VALUES (:tenant, 'acme') ON CONFLICT DO NOTHING")
                .param("tenant", TENANT)
                .update();
        jdbc.sql("""
                WITH made AS (
                    INSERT INTO job (id, tenant_id, type, status, workflow, workflow_version, tier, deadline, finished_at)
                    VALUES (:job, :tenant, 'generation', :status, 'classify', 1, 'fast', now() + interval '1 hour',
                            CASE WHEN CAST(:status AS text) = 'queued' THEN NULL ELSE now() END)
                    RETURNING id, created_at)
                INSERT INTO job_input (job_id, job_created_at, request, webhook_url)
                SELECT id, created_at, CAST('{}' AS jsonb), CAST(:webhook AS text) FROM made
                """)
                .param("job", job)
                .param("tenant", TENANT)
                .param("status", status)
                .param("webhook", webhook)
                .update();
        return job;
    }

    /// In the default partition, where everything of long ago stands.
    private void entry(UUID job, String status) {
        jdbc.sql("""
                INSERT INTO ledger_entry (id, source, source_id, source_created_at, status, tenant_id, job_id, workflow,
                                          provider, account, model, lane, input_tokens, cached_input_tokens,
                                          cache_write_5m_tokens, cache_write_1h_tokens, output_tokens)
                VALUES (:id, 'call', :id, '2001-01-01', :status, :tenant, :job, 'classify',
                        'openai', 'default', 'gpt-4o-mini', 'direct', 1, 0, 0, 0, 1)
                """)
                .param("id", IDS.next())
                .param("status", status)
                .param("tenant", TENANT)
                .param("job", job)
                .update();
    }

    private void call(UUID job) {
        jdbc.sql("""
                INSERT INTO call (id, created_at, job_id, job_created_at, tenant_id, fence, worker_id, provider, account,
                                  model, estimate_input_tokens, estimate_output_tokens)
                VALUES (:id, '2001-01-01', :job, now(), :tenant, 1, :id, 'openai', 'default', 'gpt-4o-mini', 1, 1)
                """)
                .param("id", IDS.next())
                .param("job", job)
                .param("tenant", TENANT)
                .update();
    }
}
