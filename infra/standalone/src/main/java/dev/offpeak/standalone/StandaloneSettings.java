package dev.offpeak.standalone;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the environment asks of standalone; an empty variable counts as unset.
///
/// @param dataDir absolute
/// @param bootstrapKey the first tenant's key, or null to keep or make the one in the data folder
/// @param secretKey what encrypts stored secrets, or null to keep or make the one in the data folder
/// @param postgres an external PostgreSQL, or null to run one
/// @param redisUrl an external Redis, or null to run one
/// @param webhookAllowCidrs what webhooks may reach besides the open internet, or null for loopback
record StandaloneSettings(
        Path dataDir,
        int port,
        int managementPort,
        int dashboardPort,
        int simulatorPort,
        @Nullable String bootstrapKey,
        @Nullable String secretKey,
        @Nullable PostgresAccess postgres,
        @Nullable String redisUrl,
        @Nullable String webhookAllowCidrs) {
    private static final int HIGHEST_PORT = 65_535;
    private static final String BOOTSTRAP_KEY = "[!-~]{24,512}";

    /// @throws CannotStart when a variable holds what it cannot mean
    static StandaloneSettings from(Map<String, String> environment) {
        var variables = new Variables(environment);
        return new StandaloneSettings(
                Path.of(variables.or("OFFPEAK_DATA_DIR", "./data"))
                        .toAbsolutePath()
                        .normalize(),
                variables.port("OFFPEAK_PORT", 8080),
                variables.port("OFFPEAK_MANAGEMENT_PORT", 8081),
                variables.port("OFFPEAK_DASHBOARD_PORT", 8000),
                variables.port("OFFPEAK_SIMULATOR_PORT", 8090),
                variables.bootstrapKey(),
                variables.get("OFFPEAK_SECRET_KEY"),
                variables.postgres(),
                variables.get("OFFPEAK_REDIS_URL"),
                variables.get("OFFPEAK_WEBHOOK_ALLOW_CIDRS"));
    }

    /// The ports we serve on, by the variable that changes each.
    Map<String, Integer> ports() {
        var ports = new LinkedHashMap<String, Integer>();
        ports.put("OFFPEAK_PORT", port);
        ports.put("OFFPEAK_MANAGEMENT_PORT", managementPort);
        ports.put("OFFPEAK_DASHBOARD_PORT", dashboardPort);
        ports.put("OFFPEAK_SIMULATOR_PORT", simulatorPort);
        return ports;
    }

    private record Variables(Map<String, String> environment) {
        @Nullable String get(String name) {
            var value = environment.get(name);
            return value == null || value.isBlank() ? null : value;
        }

        String or(String name, String otherwise) {
            var value = get(name);
            return value == null ? otherwise : value;
        }

        int port(String name, int otherwise) {
            var value = get(name);
            if (value == null) {
                return otherwise;
            }
            try {
                var port = Integer.parseInt(value.strip());
                if (port >= 1 && port <= HIGHEST_PORT) {
                    return port;
                }
            } catch (NumberFormatException _) {
                // said below, for both kinds of wrong
            }
            throw new CannotStart(name + " must be a port number from 1 to 65535, not \"" + value + "\".");
        }

        @Nullable String bootstrapKey() {
            var key = get("OFFPEAK_BOOTSTRAP_KEY");
            if (key != null && !key.matches(BOOTSTRAP_KEY)) { // before it is written to a file: the API would refuse it
                throw new CannotStart(
                        "OFFPEAK_BOOTSTRAP_KEY must be 24 to 512 printable ASCII characters without blanks.");
            }
            return key;
        }

        @Nullable PostgresAccess postgres() {
            var url = get("OFFPEAK_POSTGRES_URL");
            return url == null
                    ? null
                    : new PostgresAccess(url, get("OFFPEAK_POSTGRES_USER"), get("OFFPEAK_POSTGRES_PASSWORD"));
        }
    }
}
