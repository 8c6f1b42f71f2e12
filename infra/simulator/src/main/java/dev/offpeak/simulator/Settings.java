package dev.offpeak.simulator;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where the simulator listens, and the folder of its journal. Port 0 takes a free one.
record Settings(String address, int port, Path folder) {
    static final String LOOPBACK = "127.0.0.1";
    static final int PORT = 8090;

    static Settings from(Map<String, String> environment) {
        String data = value(environment, "OFFPEAK_DATA_DIR");
        String address = value(environment, "OFFPEAK_SIMULATOR_ADDRESS");
        return new Settings(
                address == null ? LOOPBACK : address,
                port(value(environment, "OFFPEAK_SIMULATOR_PORT")),
                folder(Path.of(data == null ? "data" : data)));
    }

    static Path folder(Path dataDir) {
        return dataDir.resolve("simulator");
    }

    private static int port(@Nullable String text) {
        if (text == null) {
            return PORT;
        }
        try {
            int port = Integer.parseInt(text);
            if (port >= 0 && port <= 65_535) {
                return port;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw new IllegalArgumentException("OFFPEAK_SIMULATOR_PORT is a port number, not '" + text + "'");
    }

    private static @Nullable String value(Map<String, String> environment, String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
