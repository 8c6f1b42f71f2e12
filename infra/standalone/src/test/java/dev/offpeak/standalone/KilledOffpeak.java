package dev.offpeak.standalone;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/// What [ServersIT] kills: it starts the servers, commits a row, says so, and waits for its end.
final class KilledOffpeak {
    static final String READY = "row committed";

    private KilledOffpeak() {}

    public static void main(String[] args) throws SQLException, InterruptedException {
        var folder = DataFolder.lock(Path.of(args[0]));
        var postgres = Servers.start(folder, StandaloneSettings.from(Map.of())).postgres();
        try (var connection = DriverManager.getConnection(postgres.jdbcUrl(), postgres.user(), postgres.password());
                var statement = connection.createStatement()) {
            statement.execute("CREATE TABLE survivor AS SELECT 'still here' AS says");
        }
        Terminal.ofThisProcess().say(READY);
        new CountDownLatch(1).await();
    }
}
