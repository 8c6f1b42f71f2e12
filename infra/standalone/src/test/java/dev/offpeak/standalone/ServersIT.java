package dev.offpeak.standalone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServersIT {
    private static final StandaloneSettings NOTHING_NAMED = StandaloneSettings.from(Map.of());

    /// One for all tests: unpacking and initdb take seconds.
    @TempDir
    private static Path folder;

    @Test
    void losesNothingWhenItIsKilled() throws Exception {
        var killed = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledOffpeak.class.getName(),
                        folder.toString())
                .redirectErrorStream(true)
                .start();
        try (var output = new BufferedReader(new InputStreamReader(killed.getInputStream(), UTF_8))) {
            assertThat(output.lines().anyMatch(KilledOffpeak.READY::equals)).isTrue();
        } finally {
            killed.destroyForcibly();
        }
        assertThat(killed.waitFor(3, TimeUnit.MINUTES)).isTrue();
        var leftPostgres = leftover("postgres", "postmaster.pid").orElseThrow();
        var leftRedis = leftover("redis", "redis.pid").orElseThrow();

        try (var data = DataFolder.lock(folder);
                var servers = Servers.start(data, NOTHING_NAMED)) {
            await().untilAsserted(() ->
                    assertThat(leftPostgres.isAlive() || leftRedis.isAlive()).isFalse());
            assertThat(query(servers, "SELECT says FROM survivor")).isEqualTo("still here");
        }
    }

    @Test
    void keepsEveryCommitOnDisk() throws SQLException {
        try (var data = DataFolder.lock(folder);
                var servers = Servers.start(data, NOTHING_NAMED)) {
            assertThat(query(servers, "SHOW fsync")).isEqualTo("on");
            assertThat(query(servers, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(query(servers, "SHOW full_page_writes")).isEqualTo("on");
            assertThat(query(servers, "SHOW server_version")).startsWith("18.");
            assertThat(query(servers, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void endsBothAndStartsAgainOnTheSamePorts() {
        String url;
        ProcessHandle postgres;
        ProcessHandle redis;
        try (var data = DataFolder.lock(folder)) {
            try (var servers = Servers.start(data, NOTHING_NAMED)) {
                url = servers.postgres().jdbcUrl() + servers.redisUrl();
                postgres = leftover("postgres", "postmaster.pid").orElseThrow();
                redis = leftover("redis", "redis.pid").orElseThrow();
            }
            await().until(() -> !postgres.isAlive() && !redis.isAlive());
            try (var servers = Servers.start(data, NOTHING_NAMED)) {
                assertThat(servers.postgres().jdbcUrl() + servers.redisUrl()).isEqualTo(url);
            }
        }
    }

    @Test
    void asksForThePassword() {
        try (var data = DataFolder.lock(folder);
                var servers = Servers.start(data, NOTHING_NAMED)) {
            assertThatThrownBy(
                            () -> DriverManager.getConnection(servers.postgres().jdbcUrl(), "offpeak", "guess"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password");
        }
    }

    @Test
    void leavesAStrangerAloneThatHasTheNumberOfAServerLongGone() throws IOException, SQLException {
        try (var data = DataFolder.lock(folder)) {
            Servers.start(data, NOTHING_NAMED).close();
            Files.writeString(
                    folder.resolve("postgres/postmaster.pid"),
                    ProcessHandle.current().pid() + "\n");
            Files.writeString(
                    folder.resolve("redis/redis.pid"), ProcessHandle.current().pid() + "\n");
            try (var servers = Servers.start(data, NOTHING_NAMED)) {
                assertThat(query(servers, "SELECT 1")).isEqualTo("1");
            }
        }
    }

    private static Optional<ProcessHandle> leftover(String server, String pidFile) {
        return Leftover.of(folder.resolve(server).resolve(pidFile), folder.resolve(server));
    }

    private static @Nullable String query(Servers servers, String sql) throws SQLException {
        var postgres = servers.postgres();
        try (var connection = DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
