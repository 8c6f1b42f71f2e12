package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class ThroughputTest {

    @Test
    void countsFromTheFirstSubmissionToTheLastEnd() {
        List<JsonNode> jobs = List.of(
                job("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.500Z"),
                job("2026-01-01T00:00:00.100Z", "2026-01-01T00:00:02Z"),
                job("2026-01-01T00:00:00.200Z", "2026-01-01T00:00:01.900Z"),
                job("2026-01-01T00:00:00.300Z", "2026-01-01T00:00:00.900Z"));

        Throughput throughput = Throughput.fromSubmission(jobs);

        assertThat(throughput.seconds()).isEqualTo(2);
        assertThat(throughput.perSecond()).isEqualTo(2);
        assertThat(throughput.eachSecond()).containsExactly(2, 1, 1);
    }

    @Test
    void leavesOutJobsThatHaveNotEnded() {
        assertThat(Throughput.ofEnds(List.of(Json.parse("""
                {"created_at":"2026-01-01T00:00:00Z","finished_at":null}"""))).jobs()).isZero();
    }

    private static JsonNode job(String created, String finished) {
        return Json.object().put("created_at", created).put("finished_at", finished);
    }
}
