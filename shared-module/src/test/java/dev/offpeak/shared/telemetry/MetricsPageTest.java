package dev.offpeak.shared.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/// `docs/metrics.md` is printed from the enum. After a change: `-Dtest=MetricsPageTest -Doffpeak.docs.write=true`.
class MetricsPageTest {

    private static final Path PAGE = Path.of("..", "docs", "metrics.md");

    @Test
    void thePageSaysWhatTheCatalogueSays() throws IOException {
        String page = print();
        if (Boolean.getBoolean("offpeak.docs.write")) {
            Files.writeString(PAGE, page);
        }

        assertThat(PAGE).hasContent(page);
    }

    private static String print() {
        var page = new StringBuilder("""
                # Metrics

                Printed from `dev.offpeak.shared.telemetry.Metric`; a test fails where this page differs. Scraped from
                `/actuator/prometheus` on the management port. A timer has the series `_bucket`, `_count`, `_sum` and
                `_max`. Metrics marked "from one worker" come from each worker alike: take their maximum, not their sum.

                | name in Prometheus | kind | tags | meaning |
                |---|---|---|---|
                """);
        for (Metric metric : Metric.values()) {
            page.append("| `%s` | %s | %s | %s |%n"
                    .formatted(
                            CatalogueScrape.displayName(metric),
                            metric.kind().name().toLowerCase(Locale.ROOT),
                            metric.tags().isEmpty() ? "" : "`" + String.join("`, `", metric.tags()) + "`",
                            metric.meaning()));
        }
        return page.toString();
    }
}
