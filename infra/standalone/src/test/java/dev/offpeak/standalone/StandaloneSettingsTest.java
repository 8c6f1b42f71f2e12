package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StandaloneSettingsTest {
    @Test
    void needsNothing() {
        var settings = StandaloneSettings.from(Map.of());

        assertThat(settings.dataDir()).isAbsolute().isEqualTo(Path.of("data").toAbsolutePath());
        assertThat(settings.ports())
                .containsExactly(
                        Map.entry("OFFPEAK_PORT", 8080),
                        Map.entry("OFFPEAK_MANAGEMENT_PORT", 8081),
                        Map.entry("OFFPEAK_DASHBOARD_PORT", 8000),
                        Map.entry("OFFPEAK_SIMULATOR_PORT", 8090));
        assertThat(settings.bootstrapKey()).isNull();
        assertThat(settings.secretKey()).isNull();
        assertThat(settings.postgres()).isNull();
        assertThat(settings.redisUrl()).isNull();
    }

    @Test
    void takesAnEmptyVariableForUnset() {
        var empty = StandaloneSettings.from(Map.of(
                "OFFPEAK_PORT", "", "OFFPEAK_DATA_DIR", "", "OFFPEAK_POSTGRES_URL", " ", "OFFPEAK_REDIS_URL", ""));

        assertThat(empty).isEqualTo(StandaloneSettings.from(Map.of()));
    }

    @Test
    void readsWhereTheOperatorsServersAre() {
        var settings = StandaloneSettings.from(Map.of(
                "OFFPEAK_POSTGRES_URL", "jdbc:postgresql://db/app",
                "OFFPEAK_POSTGRES_USER", "ann",
                "OFFPEAK_REDIS_URL", "redis://cache"));

        assertThat(settings.postgres()).isEqualTo(new PostgresAccess("jdbc:postgresql://db/app", "ann", null));
        assertThat(settings.redisUrl()).isEqualTo("redis://cache");
    }

    @Test
    void refusesAPortThatIsNone() {
        assertThatThrownBy(() -> StandaloneSettings.from(Map.of("OFFPEAK_PORT", "eighty")))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("OFFPEAK_PORT")
                .hasMessageContaining("eighty");
        assertThatThrownBy(() -> StandaloneSettings.from(Map.of("OFFPEAK_SIMULATOR_PORT", "65536")))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("OFFPEAK_SIMULATOR_PORT");
    }

    @Test
    void refusesAKeyTooShortToBeOne() {
        assertThatThrownBy(() -> StandaloneSettings.from(Map.of("OFFPEAK_BOOTSTRAP_KEY", "x".repeat(23))))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("24");
        assertThat(StandaloneSettings.from(Map.of("OFFPEAK_BOOTSTRAP_KEY", "x".repeat(24)))
                        .bootstrapKey())
                .hasSize(24);
    }
}
