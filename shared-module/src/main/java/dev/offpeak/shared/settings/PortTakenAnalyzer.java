package dev.offpeak.shared.settings;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/// Names the variable that chooses another port; Spring Boot's own words know the port only.
final class PortTakenAnalyzer extends AbstractFailureAnalyzer<PortInUseException> implements Ordered {

    private static final int MANAGEMENT_PORT = 8081;
    private static final int API_PORT = 8080;

    private final Environment environment;

    PortTakenAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE; // before Spring Boot's own
    }

    @Override
    protected @Nullable FailureAnalysis analyze(Throwable rootFailure, PortInUseException cause) {
        var variable = variable(cause.getPort());
        return variable == null
                ? null
                : new FailureAnalysis(
                        "Port " + cause.getPort() + " is taken by another program, maybe by another Offpeak: stop that,"
                                + " or choose another port with " + variable + ".",
                        null,
                        cause);
    }

    private @Nullable Variable variable(int port) {
        if (port == chosen(Variable.OFFPEAK_MANAGEMENT_PORT, MANAGEMENT_PORT)) {
            return Variable.OFFPEAK_MANAGEMENT_PORT;
        }
        return port == chosen(Variable.OFFPEAK_PORT, API_PORT) ? Variable.OFFPEAK_PORT : null;
    }

    private int chosen(Variable variable, int preset) {
        return environment.getProperty(variable.property(), Integer.class, preset);
    }
}
