package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.telemetry.Metric;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A number that is the same whoever reads it, so that one worker exports it for all.
public interface ClusterGauge {

    Metric metric();

    /// Read every few seconds.
    ///
    /// @return a value for each combination of the values of the metric's tags; the empty list where it has none
    Map<List<String>, Number> read();

    static ClusterGauge of(Metric metric, Supplier<Map<List<String>, Number>> read) {
        return new ClusterGauge() {
            @Override
            public Metric metric() {
                return metric;
            }

            @Override
            public Map<List<String>, Number> read() {
                return read.get();
            }
        };
    }
}
