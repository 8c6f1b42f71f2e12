package dev.offpeak.bench.faults;

import dev.offpeak.bench.Http;
import dev.offpeak.bench.Offpeak;
import dev.offpeak.bench.Simulator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A cluster of one API, workers and a simulator for a measurement: nobody breaks it. It leaves nothing behind, not
/// even
/// where the program is told to end.
public final class OwnCluster implements AutoCloseable {

    private final Path folder;
    private final History history;
    private final Cluster cluster;
    private final Thread atExit;

    private OwnCluster(Path folder, History history, Cluster cluster) {
        this.folder = folder;
        this.history = history;
        this.cluster = cluster;
        this.atExit = Thread.ofPlatform().name("end of the bench's cluster").unstarted(this::end);
    }

    /// @param root Offpeak's repository, with its jars built
    /// @param heapMebibytes of each process
    /// @param environment of API and workers
    public static OwnCluster start(
            Path root, int workers, int heapMebibytes, Map<String, String> environment, Clock clock, PrintStream err)
            throws IOException, SQLException, InterruptedException {
        Path folder = Files.createTempDirectory("offpeak-bench");
        var history = new History(clock, folder.resolve("history.ndjson"));
        var cluster =
                new Cluster(root, folder, 1, workers, Manner.production(heapMebibytes, environment), history, err);
        var own = new OwnCluster(folder, history, cluster);
        Runtime.getRuntime().addShutdownHook(own.atExit);
        try {
            cluster.start(Map.of());
        } catch (IOException | SQLException | RuntimeException e) {
            err.println("offpeak-bench: the cluster did not come up, logs are in " + cluster.logs());
            cluster.close();
            throw e;
        }
        return own;
    }

    /// As the first tenant, who may do everything.
    public Offpeak offpeak() {
        return cluster.clients(cluster.tenantKeys(1).getFirst(), new Http()).getFirst();
    }

    public Simulator simulator() {
        return cluster.simulator(new Http());
    }

    public long apiPid() {
        return cluster.apis().getFirst().pid();
    }

    public List<Long> workerPids() {
        return cluster.workers().stream().map(Member::pid).toList();
    }

    /// What HTTP does not tell.
    public List<List<@Nullable String>> rows(String sql) {
        try (var connection = cluster.postgres().connect();
                var statement = connection.createStatement();
                var row = statement.executeQuery(sql)) {
            var rows = new ArrayList<List<@Nullable String>>();
            int columns = row.getMetaData().getColumnCount();
            while (row.next()) {
                var cells = new ArrayList<@Nullable String>();
                for (int column = 1; column <= columns; column++) {
                    cells.add(row.getString(column));
                }
                rows.add(cells);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException("PostgreSQL does not tell", e);
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException _) {
            // the program ends anyway, and the hook has run or runs
        }
    }

    private synchronized void end() {
        cluster.close();
        try (history;
                Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(OwnCluster::delete);
        } catch (IOException | UncheckedIOException _) {
            // what cannot be seen stays in the system's temporary folder
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException _) {
            // this one stays in the system's temporary folder, the others go
        }
    }
}
