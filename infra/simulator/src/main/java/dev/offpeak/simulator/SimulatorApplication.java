package dev.offpeak.simulator;

import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The simulator as a process of its own. Port, address and folder come from `OFFPEAK_SIMULATOR_PORT` (8090),
/// `OFFPEAK_SIMULATOR_ADDRESS` (127.0.0.1) and `OFFPEAK_DATA_DIR` (./data); an empty one counts as unset.
public final class SimulatorApplication {
    private static final Logger LOG = LoggerFactory.getLogger(SimulatorApplication.class);

    private SimulatorApplication() {}

    public static void main(String[] args) throws IOException {
        var settings = Settings.from(System.getenv());
        Simulator simulator = Simulator.start(settings, true);
        LOG.atInfo()
                .addKeyValue("openai", simulator.openAiUrl())
                .addKeyValue("anthropic", simulator.anthropicUrl())
                .addKeyValue("folder", settings.folder())
                .log("The provider simulator answers");
    }
}
