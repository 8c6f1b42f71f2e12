package dev.offpeak.worker.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.testing.TestServers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

class EnginePoolIT {

    private final TestServers.Database database = TestServers.freshDatabase();
    private final EnginePool pool = new EnginePool(where(), 2);

    @AfterEach
    void close() {
        pool.close();
    }

    @Test
    void givesUpASilentBeatAndBeatsOnANewConnection() {
        var jdbc = JdbcClient.create(pool.beats());
        var before = backend(jdbc);
        long since = System.nanoTime();

        assertThatThrownBy(() -> jdbc.sql("SELECT pg_sleep(90)").query().singleRow())
                .isInstanceOf(DataAccessException.class);

        assertThat(backend(jdbc)).isNotEqualTo(before);
        assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(EnginePool.SILENCE);
    }

    @Test
    void beatsWhileEverybodyElseWaitsForAConnection() throws Exception {
        try (var one = pool.dataSource().getConnection();
                var other = pool.dataSource().getConnection()) {
            assertThat(one).isNotSameAs(other);
            assertThat(backend(JdbcClient.create(pool.beats()))).isPositive();
        }
    }

    private static int backend(JdbcClient jdbc) {
        return jdbc.sql("SELECT pg_backend_pid()").query(Integer.class).single();
    }

    private JdbcConnectionDetails where() {
        return new JdbcConnectionDetails() {
            @Override
            public @Nullable String getUsername() {
                return database.username();
            }

            @Override
            public @Nullable String getPassword() {
                return database.password();
            }

            @Override
            public String getJdbcUrl() {
                return database.jdbcUrl();
            }
        };
    }
}
