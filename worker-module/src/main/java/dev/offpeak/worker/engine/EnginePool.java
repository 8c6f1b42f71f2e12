package dev.offpeak.worker.engine;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import javax.sql.DataSource;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;

/// The engine's own connections, so that handlers that use up the application's pool stop neither beats nor fetches.
/// Not a bean of type [DataSource]: the application's must stay the only one.
final class EnginePool implements AutoCloseable {

    /// JobRunr stops its server at the first beat that fails; a wait this long sits out a restart of the database.
    private static final Duration CONNECT = Duration.ofSeconds(30);

    /// Every statement of the engine is short: silence means that the other end is gone.
    private static final Duration SILENCE = Duration.ofSeconds(30);

    private final JdbcConnectionDetails where;
    private final HikariDataSource pool = new HikariDataSource();

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
    }

    DataSource dataSource() {
        return pool;
    }

    /// A connection outside the pool, for LISTEN.
    Connection dedicated() throws SQLException {
        var properties = new Properties();
        properties.setProperty("user", where.getUsername() == null ? "" : where.getUsername());
        properties.setProperty("password", where.getPassword() == null ? "" : where.getPassword());
        properties.setProperty("socketTimeout", Long.toString(SILENCE.toSeconds()));
        properties.setProperty("connectTimeout", "10");
        properties.setProperty("ApplicationName", "offpeak-listen");
        return DriverManager.getConnection(where.getJdbcUrl(), properties);
    }

    @Override
    public void close() {
        pool.close();
    }
}
