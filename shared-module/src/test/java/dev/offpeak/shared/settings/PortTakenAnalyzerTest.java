package dev.offpeak.shared.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.mock.env.MockEnvironment;

class PortTakenAnalyzerTest {

    private final MockEnvironment environment = new MockEnvironment();
    private final PortTakenAnalyzer analyzer = new PortTakenAnalyzer(environment);

    @Test
    void namesTheVariableOfTheManagementPort() {
        assertThat(says(8081)).contains("8081").contains("OFFPEAK_MANAGEMENT_PORT");

        environment.setProperty("management.server.port", "9001");
        assertThat(says(9001)).contains("9001").contains("OFFPEAK_MANAGEMENT_PORT");
    }

    @Test
    void namesTheVariableOfTheApisPort() {
        assertThat(says(8080)).contains("with OFFPEAK_PORT.");

        environment.setProperty("offpeak.port", "9000");
        assertThat(says(9000)).contains("with OFFPEAK_PORT.");
    }

    @Test
    void leavesAPortThatItDoesNotKnowToSpringBoot() {
        assertThat(analyzer.analyze(new PortInUseException(7777))).isNull();
    }

    private String says(int port) {
        var analysis = analyzer.analyze(new IllegalStateException("in a bean", new PortInUseException(port)));
        assertThat(analysis).isNotNull();
        return String.valueOf(analysis.getDescription());
    }
}
