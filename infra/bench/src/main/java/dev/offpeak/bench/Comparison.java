package dev.offpeak.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Two builds beside each other, from the reports that `compare` made in turns: one row a figure, with the medians and
/// what the new build changes.
final class Comparison implements Command {

    // In tenths of a per mille: 11 is a tenth more than 10, though not as a difference of doubles.
    private static final long WORSE_AT_MOST = 1_000;

    private static final List<Figure> FIGURES = List.of(
            less("start to first answered job, warm (s)", "start", "/slowest_warm_seconds"),
            less("pickup p50 (ms)", "pickup", "/offpeak_created_to_started/p50_ms"),
            less("pickup p99 (ms)", "pickup", "/offpeak_created_to_started/p99_ms"),
            less("submit at 100/s p50 (ms)", "submit-100", "/reply/p50_ms"),
            less("submit at 100/s p99 (ms)", "submit-100", "/reply/p99_ms"),
            less("submit at 300/s p50 (ms)", "submit-300", "/reply/p50_ms"),
            less("submit at 300/s p99 (ms)", "submit-300", "/reply/p99_ms"),
            more("full path (jobs/s)", "full-path", "/without_webhooks/from_first_submission/jobs_per_second"),
            more(
                    "full path, second half (jobs/s)",
                    "full-path",
                    "/without_webhooks/from_first_submission/second_half_jobs_per_second"),
            more(
                    "full path with webhooks (jobs/s)",
                    "full-path",
                    "/with_webhooks/from_first_submission/jobs_per_second"),
            less(
                    "first webhook try at 50 jobs/s p95 (ms)",
                    "full-path",
                    "/with_webhooks_at_a_rate/outcome_to_first_webhook_try/p95_ms"),
            more("no-op jobs, intake included (jobs/s)", "noop", "/offpeak/jobs_per_second"));

    private final Path reports;

    /// @param lessIsBetter a time, not a rate
    private record Figure(String name, String command, String pointer, boolean lessIsBetter) {}

    Comparison(Arguments arguments) {
        this.reports = Path.of(arguments.text("reports"));
        if (!Files.isDirectory(reports)) {
            throw new UsageError("--reports " + reports + " is no folder of reports");
        }
    }

    @Override
    public Findings run() throws IOException {
        var figures = Json.object();
        var rows = figures.putArray("rows");
        boolean whole = true;
        for (Figure figure : FIGURES) {
            ObjectNode row = row(figure.name(), read("base", figure), read("new", figure), figure.lessIsBetter());
            whole &= !"no figure".equals(row.path("verdict").asString());
            rows.add(row);
        }
        return new Findings(whole & failed().isEmpty(), figures.put("failed", String.join(", ", failed())));
    }

    /// One figure of both builds.
    static ObjectNode row(String name, List<Double> base, List<Double> fresh, boolean lessIsBetter) {
        ObjectNode row =
                Json.object().put("figure", name).put("base", cell(base)).put("new", cell(fresh));
        if (base.isEmpty() || fresh.isEmpty() || median(base) == 0) {
            return row.put("change", "").put("verdict", "no figure");
        }
        double change = median(fresh) / median(base) - 1;
        double worse = lessIsBetter ? change : median(base) / median(fresh) - 1;
        return row.put("change", String.format(Locale.ROOT, "%+.1f %%", 100 * change))
                .put("verdict", Math.round(10_000 * worse) <= WORSE_AT_MOST ? "holds" : "worse by more than 10 %");
    }

    static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /// The median, and the rounds it is of.
    private static String cell(List<Double> values) {
        if (values.isEmpty()) {
            return "";
        }
        String rounds = values.stream()
                .map(value -> String.format(Locale.ROOT, "%.1f", value))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%.1f (%s)", median(values), rounds);
    }

    private List<Double> read(String build, Figure figure) throws IOException {
        var values = new ArrayList<Double>();
        for (Path report : ofBuild(build, figure.command())) {
            JsonNode value =
                    Json.parse(Files.readAllBytes(report)).path("figures").at(figure.pointer());
            if (value.isNumber()) {
                values.add(value.asDouble());
            }
        }
        return values;
    }

    /// Reports of runs in which something that must hold did not.
    private List<String> failed() throws IOException {
        try (Stream<Path> all = Files.list(reports)) {
            return all.filter(report -> report.toString().endsWith(".json"))
                    .filter(report -> !passed(report))
                    .map(report -> report.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    private static boolean passed(Path report) {
        try {
            byte[] bytes = Files.readAllBytes(report);
            return bytes.length > 0 && Json.parse(bytes).path("passed").asBoolean(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Named `<round>-<build>-<command>.json` by the script.
    private List<Path> ofBuild(String build, String command) throws IOException {
        try (Stream<Path> all = Files.list(reports)) {
            return all.filter(report ->
                            report.getFileName().toString().matches("\\d+-" + build + "-" + command + "\\.json"))
                    .filter(Comparison::hasText)
                    .sorted()
                    .toList();
        }
    }

    private static boolean hasText(Path report) {
        try {
            return Files.size(report) > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Figure less(String name, String command, String pointer) {
        return new Figure(name, command, pointer, true);
    }

    private static Figure more(String name, String command, String pointer) {
        return new Figure(name, command, pointer, false);
    }
}
