package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortsTest {
    @Test
    void namesTheTakenPortAndTheVariableThatChangesIt() throws IOException {
        int port;
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();

            assertThatThrownBy(() -> Ports.requireFree(Map.of("OFFPEAK_DASHBOARD_PORT", port)))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining("Port " + port)
                    .hasMessageContaining("OFFPEAK_DASHBOARD_PORT");
        }
        assertThatCode(() -> Ports.requireFree(Map.of("OFFPEAK_DASHBOARD_PORT", port)))
                .doesNotThrowAnyException();
    }

    @Test
    void refusesOnePortForTwo() {
        assertThatThrownBy(() -> Ports.requireFree(Map.of("OFFPEAK_PORT", 31_999, "OFFPEAK_SIMULATOR_PORT", 31_999)))
                .isInstanceOf(CannotStart.class)
                .hasMessageContaining("OFFPEAK_PORT")
                .hasMessageContaining("OFFPEAK_SIMULATOR_PORT");
    }

    @Test
    void remembersAPortUntilSomebodyElseHasIt(@TempDir Path folder) throws IOException {
        var memory = folder.resolve("postgres.port");
        var port = Ports.remembered(memory);

        assertThat(Ports.remembered(memory)).isEqualTo(port);
        try (var _ = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Ports.remembered(memory)).isNotEqualTo(port);
        }
    }
}
