package dev.offpeak.shared.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.testing.TestServers.Database;
import io.lettuce.core.RedisClient;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.GenericApplicationContext;

class TestServersIT {
    @Test
    void givesEachCallerADatabaseOfItsOwn() throws SQLException {
        var one = TestServers.freshDatabase();
        var other = TestServers.freshDatabase();

        query(one, "CREATE TABLE only_here AS SELECT 1 AS n");

        assertThat(query(one, "SELECT count(*) FROM only_here")).isEqualTo("1");
        assertThat(query(other, "SELECT to_regclass('only_here')")).isNull();
    }

    @Test
    void migratesWhatIsFreshAndLeavesTheEmptyEmpty() throws SQLException {
        var tables = "SELECT count(*) FROM pg_tables WHERE tablename = 'flyway_schema_history'";

        assertThat(query(TestServers.freshDatabase(), tables)).isEqualTo("1");
        assertThat(query(TestServers.emptyDatabase(), tables)).isEqualTo("0");
    }

    @Test
    void runsAPostgresThatWeSupport() throws SQLException {
        var version = query(TestServers.emptyDatabase(), "SHOW server_version_num");

        assertThat(version).isNotNull();
        assertThat(Integer.parseInt(version)).isGreaterThanOrEqualTo(150_000);
    }

    @Test
    void givesEachCallerAKeyPrefixOfItsOwn() {
        var one = TestServers.freshRedis();
        var other = TestServers.freshRedis();

        assertThat(one.url()).isEqualTo(other.url());
        assertThat(one.keyPrefix()).endsWith(":").isNotEqualTo(other.keyPrefix());
        try (var client = RedisClient.create(one.url());
                var connection = client.connect()) {
            connection.sync().set(one.keyPrefix() + "greeting", "hello");
            assertThat(connection.sync().get(one.keyPrefix() + "greeting")).isEqualTo("hello");
        }
    }

    @Test
    void obeysTheTwoVariables() {
        assertThat(TestServers.postgresOrigin() == TestServers.Origin.EXTERNAL)
                .isEqualTo(TestServers.variable("OFFPEAK_TEST_POSTGRES_URL").isPresent());
        assertThat(TestServers.redisOrigin() == TestServers.Origin.EXTERNAL)
                .isEqualTo(TestServers.variable("OFFPEAK_TEST_REDIS_URL").isPresent());
    }

    @Test
    void handsItsServersToASpringContext() throws SQLException {
        try (var context = new GenericApplicationContext()) {
            new TestServersInitializer().initialize(context);
            var environment = context.getEnvironment();

            var database = new Database(
                    environment.getRequiredProperty("spring.datasource.url"),
                    environment.getRequiredProperty("spring.datasource.username"),
                    environment.getRequiredProperty("spring.datasource.password"));
            assertThat(query(database, "SELECT 1")).isEqualTo("1");
            assertThat(environment.getRequiredProperty("spring.data.redis.url")).startsWith("redis");
            assertThat(environment.getRequiredProperty("offpeak.redis.key-prefix"))
                    .endsWith(":");
        }
    }

    private static @Nullable String query(Database database, String sql) throws SQLException {
        try (var connection =
                        DriverManager.getConnection(database.jdbcUrl(), database.username(), database.password());
                var statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return null;
            }
            try (var rows = statement.getResultSet()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }
}
