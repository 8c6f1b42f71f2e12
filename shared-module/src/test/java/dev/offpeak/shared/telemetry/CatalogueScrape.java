package dev.offpeak.shared.telemetry;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The names under which Prometheus sees the catalogue: every metric is registered for real, and scraped.
final class CatalogueScrape {

    private static final Pattern SERIES = Pattern.compile("(?m)^(offpeak_[a-z0-9_]+)");

    private CatalogueScrape() {}

    /// In the order of the scrape, `_bucket`, `_count`, `_sum` and `_max` of a timer each for itself.
    static Set<String> seriesOf(Metric metric) {
        var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        String[] values = metric.tags().toArray(String[]::new);
        switch (metric.kind()) {
            case COUNTER -> metric.counter(registry, values).increment();
            case GAUGE -> metric.gauge(registry, () -> 1, values);
            case TIMER -> metric.record(registry, Duration.ofMillis(5), values);
        }
        var names = new LinkedHashSet<String>();
        var series = SERIES.matcher(registry.scrape());
        while (series.find()) {
            names.add(series.group(1));
        }
        return names;
    }

    /// The name as a reader looks for it: a timer's without the suffixes of its series.
    static String displayName(Metric metric) {
        String first = new TreeSet<>(seriesOf(metric)).getFirst();
        return metric.kind() == Metric.Kind.TIMER ? first.replaceFirst("_(bucket|count|max|sum)$", "") : first;
    }
}
