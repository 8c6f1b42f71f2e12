package dev.offpeak.shared.settings;

import java.util.HashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/// Turns the variables of [Variable] into properties that rank where the environment does: below the command line,
/// above files. An empty variable counts as unset.
///
/// The variables themselves are taken out of Spring's sight, or its relaxed names would read the empty ones.
/// With the system property `offpeak.ignore-environment` they are all ignored: the tests run so.
public final class VariablesPostProcessor implements EnvironmentPostProcessor, Ordered {

    static final String IGNORE = "offpeak.ignore-environment";
    static final String SOURCE = "offpeak variables";

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE + 2; // before Boot wraps the source and reads its files
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        var sources = environment.getPropertySources();
        var system = sources.get(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
        if (!(system instanceof SystemEnvironmentPropertySource variables)) {
            return;
        }
        Map<String, Object> others = new HashMap<>(variables.getSource());
        Variable.ALL.forEach(variable -> others.remove(variable.name()));
        sources.replace(variables.getName(), new SystemEnvironmentPropertySource(variables.getName(), others));
        if (!environment.getProperty(IGNORE, Boolean.class, false)) {
            sources.addBefore(variables.getName(), new MapPropertySource(SOURCE, properties(variables.getSource())));
        }
    }

    static Map<String, Object> properties(Map<String, Object> variables) {
        Map<String, Object> properties = new HashMap<>();
        for (Variable variable : Variable.ALL) {
            String value =
                    String.valueOf(variables.getOrDefault(variable.name(), "")).strip();
            if (!value.isEmpty()) {
                properties.put(variable.property(), value);
            }
        }
        if (properties.get(Variable.OFFPEAK_POSTGRES_URL.property()) instanceof String url) {
            var postgres = PostgresUrl.parse(url);
            properties.put(Variable.OFFPEAK_POSTGRES_URL.property(), postgres.jdbc());
            if (postgres.username() != null) {
                properties.putIfAbsent(Variable.OFFPEAK_POSTGRES_USER.property(), postgres.username());
            }
            if (postgres.password() != null) {
                properties.putIfAbsent(Variable.OFFPEAK_POSTGRES_PASSWORD.property(), postgres.password());
            }
        }
        return properties;
    }
}
