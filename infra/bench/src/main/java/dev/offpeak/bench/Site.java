package dev.offpeak.bench;

import dev.offpeak.bench.faults.OwnCluster;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The Offpeak that a command works on: one that runs already, or with `--start yes` a cluster of its own.
///
/// @param own null: it runs already and goes on
record Site(Offpeak offpeak, Simulator simulator, @Nullable OwnCluster own) implements AutoCloseable {

    /// What the command line says of it.
    ///
    /// @param running null: one is to be started
    record Asked(@Nullable Site running, Path root, int workers, int heapMebibytes) {

        static Asked from(Arguments arguments, boolean alwaysOwn) {
            Path root = Path.of(arguments.text("root", System.getProperty("offpeak.root", ".")))
                    .toAbsolutePath()
                    .normalize();
            int workers = arguments.whole("workers", 1, 1, 8);
            int heap = arguments.whole("heap-mb", 256, 128, 4096);
            if (alwaysOwn || arguments.yes("start", false)) {
                return new Asked(null, root, workers, heap);
            }
            var http = new Http();
            return new Asked(
                    new Site(Offpeak.from(arguments, http), Simulator.from(arguments, http), null),
                    root,
                    workers,
                    heap);
        }

        /// @param environment of an Offpeak that is started; one that runs has its own
        Site open(Map<String, String> environment, Clock clock, PrintStream err) throws Exception {
            if (running != null) {
                return running;
            }
            OwnCluster cluster = OwnCluster.start(root, workers, heapMebibytes, environment, clock, err);
            return new Site(cluster.offpeak(), cluster.simulator(), cluster);
        }
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
