package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.bench.Arguments;
import dev.offpeak.bench.Findings;
import dev.offpeak.bench.Json;
import java.time.Clock;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The short form, with the jars that this build has made. Where it fails, its output names the seed, the first
/// violations, and the folder that keeps history and logs.
class FaultRunIT {

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    @SuppressWarnings("TimeZoneUsage") // processes are on the system's clock
    void losesNothingAndDoesNothingTwice() throws Exception {
        var run = new FaultRun(
                Arguments.parse(List.of("--short", "yes", "--root", "../..")), Clock.systemUTC(), System.err);

        Findings findings = run.run();

        assertThat(findings.passed()).as(Json.pretty(findings.figures())).isTrue();
        assertThat(findings.figures().path("jobs_submitted").asInt()).isGreaterThanOrEqualTo(200);
        assertThat(findings.figures().path("recovered").asInt())
                .as("jobs that a fault touched")
                .isPositive();
        assertThat(findings.figures().path("batches").path("lines_run").asInt())
                .as("lines that went through provider batches")
                .isPositive();
        assertThat(findings.figures().path("kills").asInt()).isGreaterThanOrEqualTo(3);
        assertThat(findings.figures().path("failpoints").size()).isEqualTo(3);
    }
}
