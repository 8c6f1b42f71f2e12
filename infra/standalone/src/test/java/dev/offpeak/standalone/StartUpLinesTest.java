package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartUpLinesTest {
    @Test
    void sayWhatRunsWhereAndWhatToTryButNoSecret(@TempDir Path folder) {
        var settings = StandaloneSettings.from(Map.of("OFFPEAK_PORT", "8123", "OFFPEAK_DASHBOARD_PORT", "8124"));
        var servers = new Servers(
                new PostgresAccess("jdbc:postgresql://db/offpeak", "ann", "the database's password"),
                "redis://:the-cache's-password@cache:6379",
                null,
                null);
        try (var data = DataFolder.lock(folder)) {
            var key = data.apiKey(null);

            var lines = StartUpLines.of(settings, servers, data);

            assertThat(lines)
                    .contains(
                            "http://localhost:8123", "http://localhost:8124/dashboard", "jdbc:postgresql://db/offpeak")
                    .contains(
                            "redis://cache:6379", data.apiKeyFile().toString(), "curl -s http://localhost:8123/v1/jobs")
                    .doesNotContain("password", key, "(ours)");
        }
    }
}
