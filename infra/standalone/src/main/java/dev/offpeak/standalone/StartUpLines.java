package dev.offpeak.standalone;

/// What the person at the terminal needs to know once everything runs.
final class StartUpLines {
    private StartUpLines() {}

    static String of(StandaloneSettings settings, Servers servers, DataFolder folder) {
        return """

                Offpeak is running. Data: %s

                  API         http://localhost:%d        documentation at /docs
                  health      http://localhost:%d/actuator/health
                  dashboard   http://localhost:%d/dashboard
                  simulator   http://localhost:%d        answers while no provider is configured
                  PostgreSQL  %s%s
                  Redis       %s%s
                  API key     %s

                Try:

                  curl -s http://localhost:%d/v1/jobs \\
                    -H "Authorization: Bearer $(cat '%s')" \\
                    -H 'Content-Type: application/json' -H 'Prefer: wait=30' \\
                    -d '{"workflow":"summarise","prompt":"The lamp folds flat, charges by USB-C and burns for nine hours."}'

                Ctrl-C stops it; the next start on this folder goes on where it stopped.
                """.formatted(
                        folder.path(),
                        settings.port(),
                        settings.managementPort(),
                        settings.dashboardPort(),
                        settings.simulatorPort(),
                        servers.postgres(),
                        servers.ownPostgres() != null ? "  (ours)" : "",
                        withoutPassword(servers.redisUrl()),
                        servers.ownRedis() != null ? "  (ours)" : "",
                        folder.apiKeyFile(),
                        settings.port(),
                        folder.apiKeyFile());
    }

    private static String withoutPassword(String url) {
        return url.replaceFirst("//[^@/]*@", "//");
    }
}
