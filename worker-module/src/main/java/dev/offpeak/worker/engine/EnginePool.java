package dev.offpeak.worker.engine;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/// The engine's own connections, so that handlers that use up the application's pool stop neither beats nor fetches.
/// Not a bean of type [DataSource]: the application's must stay the only one.
final class EnginePool implements AutoCloseable {

    /// JobRunr stops its server at the first beat that fails; a wait this long sits out a restart of the database.
    private static final Duration CONNECT = Duration.ofSeconds(30);

    /// Every statement of the engine is short: silence means that the other end is gone.
    static final Duration SILENCE = Duration.ofSeconds(30);

    /// Far below the age at which a worker counts as dead, so that a beat is tried again on a new connection in time.
    private static final Duration BEAT = Duration.ofSeconds(2);

    /// Who listens asks now and then whether the other end is there; no answer within this means that it is not.
    private static final Duration LISTEN = Duration.ofSeconds(5);

    private final JdbcConnectionDetails where;
    private final HikariDataSource pool = new HikariDataSource();
    private final HikariDataSource beats = new HikariDataSource();

    EnginePool(JdbcConnectionDetails where, int connections) {
        this.where = where;
        pool.setPoolName("engine");
        pool.setJdbcUrl(where.getJdbcUrl());
        pool.setUsername(where.getUsername());
        pool.setPassword(where.getPassword());
        pool.setMaximumPoolSize(connections);
        pool.setConnectionTimeout(CONNECT.toMillis());
        pool.addDataSourceProperty("socketTimeout", SILENCE.toSeconds());
        pool.addDataSourceProperty("ApplicationName", "offpeak-engine");
        // States of tasks only say when. What a crash of the database forgets of them costs a wake, never a job, so
        // nobody waits for the disk over them.
        // A fetch is planned once: to plan it costs several times what it takes to run it.
        // Nor may it be planned by what the queue held when statistics were last taken: where few tasks waited, the
        // planner would read and sort all of them for each tenant. Without sorts, only the index of the fetch gives
        // its order. A plan that must sort all the same seems to cost ten thousand million then: PostgreSQL would
        // compile it anew each time, for a third of a second.
        pool.setConnectionInitSql("""
                SET synchronous_commit = off;
                SET plan_cache_mode = force_generic_plan;
                SET enable_sort = off;
                SET jit = off
                """);
        beats.setPoolName("beat");
        beats.setDataSource(impatient(where));
        beats.setMaximumPoolSize(1);
        beats.setConnectionTimeout(BEAT.toMillis());
        beats.setValidationTimeout(BEAT.dividedBy(2).toMillis()); // the other half is for a new connection
    }

    /// A source rather than a URL: with a URL, Hikari sets how long every connection of this process may take.
    private static DataSource impatient(JdbcConnectionDetails where) {
        var source = new PGSimpleDataSource();
        source.setURL(where.getJdbcUrl());
        if (where.getUsername() != null) {
            source.setUser(where.getUsername());
        }
        if (where.getPassword() != null) {
            source.setPassword(where.getPassword());
        }
        source.setSocketTimeout((int) BEAT.toSeconds());
        source.setConnectTimeout((int) BEAT.toSeconds());
        source.setLoginTimeout((int) BEAT.toSeconds());
        source.setApplicationName("offpeak-beat");
        return source;
    }

    DataSource dataSource() {
        return pool;
    }

    /// One connection for beats alone: a lost one is found out and replaced before its worker counts as dead.
    DataSource beats() {
        return beats;
    }

    /// A connection outside the pool, for LISTEN.
    Connection dedicated() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", where.getUsername() == null ? "" : where.getUsername());
        properties.setProperty("password", where.getPassword() == null ? "" : where.getPassword());
        properties.setProperty("socketTimeout", Long.toString(LISTEN.toSeconds()));
        properties.setProperty("connectTimeout", Long.toString(LISTEN.toSeconds()));
        properties.setProperty("ApplicationName", "offpeak-listen");
        return DriverManager.getConnection(where.getJdbcUrl(), properties);
    }

    @Override
    public void close() {
        pool.close();
        beats.close();
    }
}
