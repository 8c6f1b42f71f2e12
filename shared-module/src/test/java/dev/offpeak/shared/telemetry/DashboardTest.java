package dev.offpeak.shared.telemetry;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What operators look at uses the catalogue's names, as Prometheus really shows them, and no others.
class DashboardTest {

    private static final Path DASHBOARD = Path.of("..", "infra", "grafana", "offpeak-dashboard.json");
    private static final Path ALERTS = Path.of("..", "infra", "prometheus", "offpeak-alerts.yml");
    private static final Pattern SELECTOR = Pattern.compile("(offpeak_[a-z0-9_]+)(?:\\{([^}]*)})?");
    private static final Pattern GROUPING = Pattern.compile("\\bby \\(([^)]*)\\)");

    @Test
    void theDashboardUsesOnlyNamesThatPrometheusShows() throws IOException {
        assertThat(namesIn(queries())).isSubsetOf(owners().keySet());
    }

    @Test
    void theDashboardUsesEveryMetricOfTheCatalogue() throws IOException {
        var shown = new HashSet<Metric>();
        Map<String, Metric> owners = owners();
        namesIn(queries()).forEach(name -> shown.add(owners.get(name)));

        assertThat(shown).contains(Metric.values());
    }

    @Test
    void theDashboardSelectsAndGroupsByTagsThatExist() throws IOException {
        assertTagsExist(queries());
    }

    @Test
    void theAlertsUseOnlyNamesAndTagsThatExist() throws IOException {
        List<String> rules = List.of(Files.readString(ALERTS).split("- alert:", -1));

        assertThat(namesIn(rules)).isNotEmpty().isSubsetOf(owners().keySet());
        assertTagsExist(rules);
    }

    private static void assertTagsExist(List<String> queries) {
        Map<String, Metric> owners = owners();
        for (String query : queries) {
            var tags = new TreeSet<>(Set.of("le"));
            var selector = SELECTOR.matcher(query);
            while (selector.find()) {
                Metric metric = owners.get(selector.group(1));
                List<String> own = requireNonNull(metric, selector.group(1)).tags();
                tags.addAll(own);
                if (selector.group(2) != null) {
                    assertThat(own).as(query).containsAll(labelsOf(selector.group(2)));
                }
            }
            var grouping = GROUPING.matcher(query);
            while (grouping.find()) {
                assertThat(tags).as(query).containsAll(List.of(grouping.group(1).split(", ", -1)));
            }
        }
    }

    private static List<String> labelsOf(String matchers) {
        return Arrays.stream(matchers.split(",", -1))
                .map(matcher -> matcher.replaceFirst("[!=~].*", "").strip())
                .toList();
    }

    private static Set<String> namesIn(List<String> queries) {
        var names = new TreeSet<String>();
        for (String query : queries) {
            var selector = SELECTOR.matcher(query);
            while (selector.find()) {
                names.add(selector.group(1));
            }
        }
        return names;
    }

    private static Map<String, Metric> owners() {
        var owners = new HashMap<String, Metric>();
        for (Metric metric : Metric.values()) {
            CatalogueScrape.seriesOf(metric).forEach(series -> owners.put(series, metric));
        }
        return owners;
    }

    private static List<String> queries() throws IOException {
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(DASHBOARD));
        var queries = new ArrayList<String>();
        for (JsonNode panel : dashboard.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(target.path("expr").asString());
            }
        }
        assertThat(queries).isNotEmpty();
        return queries;
    }
}
