package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class ComparisonTest {

    @Test
    void takesTheMedianOfTheRounds() {
        assertThat(Comparison.median(List.of(9.0))).isEqualTo(9);
        assertThat(Comparison.median(List.of(9.0, 1.0))).isEqualTo(5);
        assertThat(Comparison.median(List.of(100.0, 1.0, 3.0))).isEqualTo(3);
    }

    @Test
    void aTimeMayBeATenthLonger() {
        assertThat(verdict(10, 11, true)).isEqualTo("holds");
        assertThat(verdict(10, 11.1, true)).isEqualTo("worse by more than 10 %");
        assertThat(verdict(10, 1, true)).isEqualTo("holds");
    }

    @Test
    void aRateMayBeATenthLower() {
        assertThat(verdict(100, 91, false)).isEqualTo("holds");
        assertThat(verdict(100, 89, false)).isEqualTo("worse by more than 10 %");
        assertThat(verdict(100, 300, false)).isEqualTo("holds");
    }

    @Test
    void saysTheChangeAndEveryRound() {
        ObjectNode row = Comparison.row("pickup", List.of(10.0, 12.0), List.of(12.1, 12.1), true);

        assertThat(row.path("base").asString()).isEqualTo("11.0 (10.0, 12.0)");
        assertThat(row.path("change").asString()).isEqualTo("+10.0 %");
    }

    @Test
    void aMissingReportIsNoFigureAndNoSuccess(@TempDir Path reports) throws IOException {
        report(reports, "1-base-noop.json", 100, true);

        Findings findings = new Comparison(Arguments.parse(List.of("--reports", reports.toString()))).run();

        assertThat(findings.passed()).isFalse();
        assertThat(findings.figures()
                        .path("rows")
                        .valueStream()
                        .map(row -> row.path("verdict").asString()))
                .containsOnly("no figure");
    }

    @Test
    void readsEveryRoundOfBothBuildsAndNamesTheFailed(@TempDir Path reports) throws IOException {
        report(reports, "1-base-noop.json", 100, true);
        report(reports, "2-base-noop.json", 200, true);
        report(reports, "1-new-noop.json", 140, true);
        report(reports, "2-new-noop.json", 160, false);

        Findings findings = new Comparison(Arguments.parse(List.of("--reports", reports.toString()))).run();

        assertThat(findings.figures().path("rows").valueStream())
                .anySatisfy(row -> assertThat(row.path("new").asString()).isEqualTo("150.0 (140.0, 160.0)"));
        assertThat(findings.figures().path("failed").asString()).isEqualTo("2-new-noop.json");
    }

    private static String verdict(double base, double fresh, boolean lessIsBetter) {
        return Comparison.row("a figure", List.of(base), List.of(fresh), lessIsBetter)
                .path("verdict")
                .asString();
    }

    private static void report(Path folder, String name, double rate, boolean passed) throws IOException {
        ObjectNode report = Json.object().put("passed", passed);
        report.putObject("figures").putObject("offpeak").put("jobs_per_second", rate);
        Files.write(folder.resolve(name), Json.bytes(report));
    }
}
