package dev.offpeak.shared.queue;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jobrunr.storage.sql.common.DatabaseCreator;
import org.jobrunr.storage.sql.postgres.PostgresStorageProvider;

/// JobRunr's tables, in a schema of their own. They are made by one migration of ours, hence under its lock; a new
/// version of JobRunr that brings migrations needs a new one that calls this again.
public final class JobRunrSchema {

    /// The schema.
    public static final String NAME = "jobrunr";

    static final String TABLE_PREFIX = NAME + ".";

    private JobRunrSchema() {}

    /// Brings the tables up to the version of JobRunr on the classpath. May be repeated.
    ///
    /// @param dataSource whose connections commit by themselves; JobRunr opens several
    /// @throws SQLException where the schema cannot be made
    public static void create(DataSource dataSource) throws SQLException {
        try (var connection = dataSource.getConnection()) {
            execute(connection, "CREATE SCHEMA IF NOT EXISTS " + NAME);
            removeLockOfTheDead(connection);
        }
        new DatabaseCreator(dataSource, TABLE_PREFIX, PostgresStorageProvider.class).runMigrations();
    }

    /// Flyway lets one process migrate at a time, so a lock of JobRunr's own is one that a killed process left
    /// behind; it would refuse every later start.
    private static void removeLockOfTheDead(Connection connection) throws SQLException {
        execute(connection, """
                DO $$ BEGIN
                  IF to_regclass('jobrunr.jobrunr_migrations') IS NOT NULL THEN
                    DELETE FROM jobrunr.jobrunr_migrations WHERE id = '00000000-0000-0000-0000-000000000000';
                  END IF;
                END $$""");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
