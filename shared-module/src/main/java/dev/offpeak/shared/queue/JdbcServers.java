package dev.offpeak.shared.queue;

import java.time.Duration;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The rows by which JobRunr's servers know of each other. A server's id is its worker's.
final class JdbcServers {

    /// Far longer than a worker is waited for. Such a row only keeps another server from being master, which
    /// nothing of ours waits for; to remove one that lives makes its server start again.
    private static final Duration SILENT = Duration.ofSeconds(60);

    private final JdbcClient jdbc;

    JdbcServers(DataSource dataSource) {
        this.jdbc = JdbcClient.create(dataSource);
    }

    /// Removes servers whose worker has stopped or has been silent for long, by the database's clock.
    ///
    /// @return how many
    int removeTheDead() {
        return jdbc.sql("""
                DELETE FROM jobrunr.jobrunr_backgroundjobservers server
                 WHERE NOT EXISTS (SELECT FROM worker
                                    WHERE worker.id::text = server.id::text AND worker.stopped_at IS NULL
                                      AND worker.beat_at > clock_timestamp() - make_interval(secs => :silent))
                   -- Of one that no worker's row tells of, all that is known is what its own clock said last.
                   AND (EXISTS (SELECT FROM worker WHERE worker.id::text = server.id::text)
                        OR server.lastheartbeat
                           < clock_timestamp() AT TIME ZONE 'UTC' - make_interval(secs => :silent))
                """).param("silent", SILENT.toSeconds()).update();
    }
}
