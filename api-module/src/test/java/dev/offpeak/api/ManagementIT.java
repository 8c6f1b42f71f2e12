package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.offpeak.shared.testing.TestServersInitializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningApi
@ExtendWith(OutputCaptureExtension.class)
class ManagementIT {

    @LocalServerPort
    private int port;

    @LocalManagementPort
    private int managementPort;

    @Test
    void saysHowItIsOnItsOwnPortOnly() {
        var operator = new Client(managementPort, "");

        assertThat(operator.get("/actuator/health/liveness").text()).contains("UP");
        assertThat(operator.get("/actuator/health/readiness").text()).contains("UP");
        assertThat(operator.get("/actuator/info").text()).contains("Offpeak API");
        assertThat(new Client(port, RunningApi.KEY).get("/actuator/health").status())
                .isEqualTo(404);
    }

    @Test
    void namesTheVariableOfAPortThatIsTaken(CapturedOutput output) {
        var second = ApiApplication.builder().initializers(new TestServersInitializer());

        assertThatThrownBy(() -> second.run(
                        "--management.server.port=" + managementPort,
                        "--offpeak.port=0",
                        "--offpeak.bootstrap-key=" + RunningApi.KEY,
                        "--offpeak.secret-key=a-secret-key-for-the-tests-alone"))
                .isInstanceOf(RuntimeException.class);

        assertThat(output).contains("Port " + managementPort + " is taken").contains("OFFPEAK_MANAGEMENT_PORT");
    }

    @Test
    void countsRefusalsByTheirCode() {
        new Client(port, RunningApi.KEY).get("/v1/jobs/none");

        assertThat(new Client(managementPort, "").get("/actuator/prometheus").text())
                .contains("offpeak_api_problems")
                .contains("code=\"not_found\"");
    }
}
