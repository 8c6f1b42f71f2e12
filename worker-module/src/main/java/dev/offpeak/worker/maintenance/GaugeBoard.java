package dev.offpeak.worker.maintenance;

import dev.offpeak.shared.telemetry.Metric;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/// The gauges of the worker that exports them for all. The others have none, so that a sum over workers is right.
final class GaugeBoard {

    private final MeterRegistry registry;
    private final List<ClusterGauge> gauges;
    private final Map<Key, AtomicReference<Number>> shown = new HashMap<>();

    GaugeBoard(MeterRegistry registry, List<ClusterGauge> gauges) {
        this.registry = registry;
        this.gauges = gauges;
    }

    /// @throws RuntimeException the first of those that could not be read, once all the others are shown
    synchronized void refresh() {
        RuntimeException failed = null;
        for (var gauge : gauges) {
            try {
                refresh(gauge);
            } catch (RuntimeException e) {
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
    }

    private void refresh(ClusterGauge gauge) {
        var read = gauge.read();
        read.forEach((tags, value) -> show(new Key(gauge.metric(), tags), value));
        shown.forEach((key, value) -> {
            if (key.metric() == gauge.metric() && !read.containsKey(key.tags())) {
                value.set(0);
            }
        });
    }

    private void show(Key key, Number value) {
        var known = shown.get(key);
        if (known != null) {
            known.set(value);
            return;
        }
        var holder = new AtomicReference<>(value);
        shown.put(key, holder);
        key.metric().gauge(registry, holder::get, key.tags().toArray(String[]::new));
    }

    synchronized void clear() {
        shown.keySet().stream()
                .map(Key::metric)
                .distinct()
                .forEach(metric -> registry.find(metric.id()).gauges().forEach(registry::remove));
        shown.clear();
    }

    private record Key(Metric metric, List<String> tags) {}
}
