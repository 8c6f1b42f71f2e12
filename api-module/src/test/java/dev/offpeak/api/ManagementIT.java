package dev.offpeak.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalManagementPort;
import org.springframework.boot.test.web.server.LocalServerPort;

@RunningApi
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
    void countsRefusalsByTheirCode() {
        new Client(port, RunningApi.KEY).get("/v1/jobs/none");

        assertThat(new Client(managementPort, "").get("/actuator/prometheus").text())
                .contains("offpeak_api_problems")
                .contains("code=\"not_found\"");
    }
}
