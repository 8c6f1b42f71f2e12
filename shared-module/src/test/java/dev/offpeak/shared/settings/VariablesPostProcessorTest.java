package dev.offpeak.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringApplication;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

class VariablesPostProcessorTest {

    @Test
    void mapsEveryVariableAndNoEmptyOne() {
        Map<String, Object> variables = Map.of(
                "OFFPEAK_PORT", "9090",
                "OFFPEAK_POSTGRES_URL", "jdbc:postgresql://db:5432/offpeak?sslmode=require",
                "OFFPEAK_POSTGRES_USER", "offpeak",
                "OFFPEAK_SECRET_KEY", "",
                "OPENAI_API_KEY", "  ",
                "ANTHROPIC_API_KEY", "sk-ant",
                "PATH", "/bin");

        assertThat(VariablesPostProcessor.properties(variables))
                .containsOnly(
                        Map.entry("offpeak.port", "9090"),
                        Map.entry("spring.datasource.url", "jdbc:postgresql://db:5432/offpeak?sslmode=require"),
                        Map.entry("spring.datasource.username", "offpeak"),
                        Map.entry("offpeak.providers.anthropic.api-key", "sk-ant"));
    }

    @Test
    void takesUserAndPasswordOutOfAPostgresUrl() {
        Map<String, Object> variables =
                Map.of("OFFPEAK_POSTGRES_URL", "postgres://me:p%40ss+word@db.example:6543/offpeak?sslmode=require");

        assertThat(VariablesPostProcessor.properties(variables))
                .containsOnly(
                        Map.entry("spring.datasource.url", "jdbc:postgresql://db.example:6543/offpeak?sslmode=require"),
                        Map.entry("spring.datasource.username", "me"),
                        Map.entry("spring.datasource.password", "p@ss+word"));
    }

    @Test
    void prefersTheVariablesOfUserAndPassword() {
        Map<String, Object> variables =
                Map.of("OFFPEAK_POSTGRES_URL", "postgresql://me:secret@db/offpeak", "OFFPEAK_POSTGRES_USER", "other");

        assertThat(VariablesPostProcessor.properties(variables))
                .containsEntry("spring.datasource.username", "other")
                .containsEntry("spring.datasource.password", "secret");
    }

    @Test
    void refusesAUrlOfAnotherDatabase() {
        Map<String, Object> variables = Map.of("OFFPEAK_POSTGRES_URL", "mysql://db/offpeak");

        assertThatIllegalArgumentException().isThrownBy(() -> VariablesPostProcessor.properties(variables));
    }

    @Test
    void ranksBelowTheCommandLineAndHidesTheVariablesThemselves() {
        var environment = environment(Map.of("OFFPEAK_PORT", "9090", "OFFPEAK_DASHBOARD_PORT", "", "HOME", "/root"));
        environment.getPropertySources().addFirst(new MapPropertySource("command line", Map.of("offpeak.port", "1")));
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("on", Map.of(VariablesPostProcessor.IGNORE, "false")));

        new VariablesPostProcessor().postProcessEnvironment(environment, new SpringApplication());

        assertThat(environment.getProperty("offpeak.port")).isEqualTo("1");
        assertThat(environment.getProperty("offpeak.dashboard.port")).isNull();
        assertThat(environment.getProperty("OFFPEAK_PORT")).isNull();
        assertThat(environment.getProperty("HOME")).isEqualTo("/root");
    }

    @Test
    void ignoresThemAllWhereToldTo() {
        var environment = environment(Map.of("OFFPEAK_PORT", "9090", "OPENAI_API_KEY", "sk"));
        environment
                .getPropertySources()
                .addFirst(new MapPropertySource("off", Map.of(VariablesPostProcessor.IGNORE, "true")));

        new VariablesPostProcessor().postProcessEnvironment(environment, new SpringApplication());

        assertThat(environment.getProperty("offpeak.port")).isNull();
        assertThat(environment.getProperty("offpeak.providers.openai.api-key")).isNull();
    }

    private static StandardEnvironment environment(Map<String, Object> variables) {
        var environment = new StandardEnvironment();
        var name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        environment.getPropertySources().replace(name, new SystemEnvironmentPropertySource(name, variables));
        return environment;
    }
}
