package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class BulkBenchTest {

    @Test
    void countsSecondsInWhichSomethingLastsOnce() {
        var spans = spans(10, 12).add(at(0), at(2)).add(at(1), at(4)).add(at(3), at(3.5));

        assertThat(spans.busy()).isEqualTo(Duration.ofSeconds(6));
        assertThat(new Spans().busy()).isZero();
    }

    @Test
    void countsOnlyThePickupsOfJobsThatCameMeanwhile() {
        var outcome = new InteractiveJobs.Outcome(
                List.of(pickup(1, 10), pickup(5, 400), pickup(6, 10), pickup(20, 10)), 0, 0, new Latencies());

        assertThat(outcome.within(spans(4, 8)).path("n").asLong()).isEqualTo(2);
        assertThat(outcome.within(spans(4, 8)).path("max_ms").asDouble()).isBetween(399.0, 401.0);
        assertThat(outcome.within(spans(10, 15)).has("p99_ms")).isFalse();
        assertThat(outcome.summary().path("n").asLong()).isEqualTo(4);
    }

    @Test
    void readsPickupsFromJobs() {
        assertThat(InteractiveJobs.pickup(Json.parse("""
                {"created_at":"1970-01-01T00:00:01Z","started_at":"1970-01-01T00:00:01.010Z"}
                """))).isEqualTo(pickup(1, 10));
        assertThat(InteractiveJobs.pickup(Json.parse("{\"created_at\":\"1970-01-01T00:00:01Z\"}")))
                .isNull();
    }

    @Test
    void demandsThatNoInteractiveJobIsRefusedOrForgotten() {
        var refused = new Demands();
        new InteractiveJobs.Outcome(List.of(), 1, 0, new Latencies()).judge(refused);
        assertThat(refused.hold()).isFalse();

        var unstarted = new Demands();
        new InteractiveJobs.Outcome(List.of(), 0, 1, new Latencies()).judge(unstarted);
        assertThat(unstarted.hold()).isFalse();
    }

    private static Instant at(double second) {
        return Instant.EPOCH.plusMillis((long) (second * 1000));
    }

    private static Spans spans(double from, double to) {
        return new Spans().add(at(from), at(to));
    }

    private static InteractiveJobs.Pickup pickup(double second, long millis) {
        return new InteractiveJobs.Pickup(at(second), Duration.ofMillis(millis));
    }

    @Test
    void writesALineForEachNumber() throws IOException {
        try (var file = LineFile.write("a0", 3, number -> Json.object().put("prompt", "p" + number))) {
            assertThat(Files.readAllLines(file.path()))
                    .containsExactly(
                            "{\"prompt\":\"p0\",\"custom_id\":\"a0-0\"}",
                            "{\"prompt\":\"p1\",\"custom_id\":\"a0-1\"}",
                            "{\"prompt\":\"p2\",\"custom_id\":\"a0-2\"}");
            assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
        }
    }

    @Test
    void readsSettingsOfAnArm() {
        assertThat(PrimerBench.environment("A=1, B=x=y"))
                .containsEntry("A", "1")
                .containsEntry("B", "x=y")
                .hasSize(2);
        assertThat(PrimerBench.environment("")).isEmpty();
        assertThatThrownBy(() -> PrimerBench.environment("A")).isInstanceOf(UsageError.class);
    }

    @Test
    void comparesCosts() {
        assertThat(PrimerBench.ratio(new BigDecimal("0.35"), new BigDecimal("0.70")))
                .isEqualTo(0.5);
        assertThat(PrimerBench.ratio(BigDecimal.ONE, BigDecimal.ZERO)).isEqualTo(Double.MAX_VALUE);
    }
}
