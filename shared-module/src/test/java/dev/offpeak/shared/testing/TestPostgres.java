package dev.offpeak.shared.testing;

import dev.offpeak.shared.testing.TestServers.Database;
import dev.offpeak.shared.testing.TestServers.Origin;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// The PostgreSQL of this JVM and the databases made on it.
final class TestPostgres {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /// A superuser's or a `CREATEDB` user's door to the server.
    private final PostgresAddress door;

    private final Origin origin;
    private final Queue<String> made = new ConcurrentLinkedQueue<>();
    private @Nullable String template;

    private TestPostgres(Origin origin, PostgresAddress door) {
        this.origin = origin;
        this.door = door;
    }

    static TestPostgres start() {
        var named = TestServers.variable("OFFPEAK_TEST_POSTGRES_URL");
        if (named.isPresent()) {
            var external = new TestPostgres(Origin.EXTERNAL, PostgresAddress.parse(named.get()));
            Runtime.getRuntime().addShutdownHook(new Thread(external::dropAll, "test-databases-drop"));
            return external;
        }
        return Docker.answers() ? container() : embedded();
    }

    // Nobody closes the container: it serves until the JVM ends, then Testcontainers' reaper removes it.
    @SuppressWarnings("resource")
    private static TestPostgres container() {
        var container = new PostgreSQLContainer("postgres:18-alpine")
                .withCommand("postgres", "-c", "fsync=off", "-c", "max_connections=300");
        container.start();
        return new TestPostgres(
                Origin.CONTAINER,
                PostgresAddress.parse(container.getJdbcUrl())
                        .withUser(container.getUsername(), container.getPassword()));
    }

    // Nobody closes the server: it serves until the JVM ends, then its own shutdown hook stops it and deletes its data.
    @SuppressWarnings("resource")
    private static TestPostgres embedded() {
        // A folder of the user's own: binaries unpacked by root are of no use to others. Zonky runs without fsync.
        var unpacked = Path.of(
                System.getProperty("java.io.tmpdir"), "offpeak-test-postgres-" + System.getProperty("user.name"));
        var builder = EmbeddedPostgres.builder()
                .setOverrideWorkingDirectory(unpacked.toFile())
                .setPGStartupWait(PATIENCE)
                .setLocaleConfig("locale", "C")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("shared_buffers", "64MB");
        var failed = new IllegalStateException("The embedded PostgreSQL does not start");
        for (int attempt = 0; attempt < TestServers.ATTEMPTS; attempt++) {
            try {
                var server = builder.start();
                return new TestPostgres(
                        Origin.EMBEDDED,
                        PostgresAddress.parse("jdbc:postgresql://localhost:" + server.getPort() + "/postgres"));
            } catch (IOException e) {
                failed.addSuppressed(e);
            }
        }
        throw failed;
    }

    Origin origin() {
        return origin;
    }

    Database empty() {
        return create("TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'");
    }

    Database migrated() {
        return create("TEMPLATE " + template());
    }

    private synchronized String template() {
        if (template == null) {
            var empty = empty();
            Flyway.configure()
                    .configuration(Map.of("flyway.postgresql.transactional.lock", "false")) // as MigrationConfiguration
                    .dataSource(empty.jdbcUrl(), empty.username(), empty.password())
                    .load()
                    .migrate();
            template = PostgresAddress.parse(empty.jdbcUrl()).database();
        }
        return template;
    }

    private Database create(String like) {
        var name = TestServers.RUN + "_" + made.size() + "_" + TestServers.randomName();
        made.add(name);
        execute("CREATE DATABASE " + name + " " + like);
        var address = door.withDatabase(name);
        return new Database(address.jdbcUrl(), address.user(), address.password());
    }

    private void dropAll() {
        made.forEach(name -> execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"));
    }

    private void execute(String sql) {
        try (var connection = DriverManager.getConnection(door.jdbcUrl(), door.user(), door.password());
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException("The test PostgreSQL at " + door.jdbcUrl() + " refuses: " + sql, e);
        }
    }
}
