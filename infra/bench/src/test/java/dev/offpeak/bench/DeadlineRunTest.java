package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DeadlineRunTest {

    @Test
    void learnsThePaceOfDirectCalls() {
        var jobs = new ArrayList<JsonNode>();
        for (int i = 0; i < 20; i++) {
            jobs.add(Json.parse("""
                    {"started_at":"2026-01-01T00:00:%02dZ","finished_at":"2026-01-01T00:00:%02dZ"}
                    """.formatted(i, i + 1)));
        }

        DirectPace pace = DirectPace.of(jobs);

        assertThat(pace.perSecond()).isEqualTo(1.0);
        assertThat(pace.p99()).isBetween(Duration.ofMillis(999), Duration.ofMillis(1001));
        assertThat(pace.room(0)).isBetween(Duration.ofMillis(2_998), Duration.ofMillis(3_002));
        assertThat(pace.room(9)).isBetween(Duration.ofMillis(11_998), Duration.ofMillis(12_002));
    }

    @Test
    void learnsNothingFromJobsThatDidNotRun() {
        assertThatThrownBy(() -> DirectPace.of(List.of(Json.object()))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void countsWhatRescuesCostBeyondABatch() {
        var cost = new DeadlineRun.RescueCost("job_1"::equals);
        cost.add(entry("job_1", "direct", false, "0.004", "0.004"));
        cost.add(entry("job_1", "batch", true, "0.002", "0.004"));
        cost.add(entry("job_2", "direct", false, "1", "1"));

        assertThat(cost.rescued()).isEqualTo(1);
        assertThat(cost.json().path("second_bills").asInt()).isEqualTo(1);
        assertThat(cost.json().path("direct_calls").asInt()).isEqualTo(1);
        assertThat(cost.json().path("rescue_cost_usd").asString()).isEqualTo("0.004");
    }

    @Test
    void countsAJobAsRescuedAlsoWhereTheCallIsTheSecondBill() {
        var cost = new DeadlineRun.RescueCost("job_1"::equals);
        cost.add(entry("job_1", "batch", false, "0.002", "0.004"));
        assertThat(cost.rescued()).isZero();

        cost.add(entry("job_1", "direct", true, "0.004", "0.004"));
        assertThat(cost.rescued()).isEqualTo(1);
        assertThat(cost.json().path("second_bills_usd").asString()).isEqualTo("0.004");
    }

    @Test
    void holdsWhatWasSaidAgainstHowItEnded() {
        var said = new SaidAtSubmit();
        said.add(told(true), false);
        said.add(told(true), true);
        said.add(told(false), true);
        assertThat(said.missed()).isEqualTo(1);
        assertThat(said.missedAndNotTold()).isZero();

        said.add(told(false), false);
        assertThat(said.missedAndNotTold()).isEqualTo(1);
        assertThat(said.json().path("met_though_told_that_they_might_not").asInt())
                .isEqualTo(1);
        assertThat(said.json()
                        .path("warnings")
                        .path("deadline_at_risk: it leaves … s.")
                        .asInt())
                .isEqualTo(2);
    }

    @Test
    void sendsMoreThanCallsCanMeetHoweverFastTheyGo() {
        for (double perSecond : new double[] {1, 17, 60, 500}) {
            var pace = new DirectPace(perSecond, Duration.ofSeconds(1));
            int many = DeadlineRun.tooMany(300, pace);
            // until the last deadline, the jobs coming at four times the pace
            double seconds = many / (4 * perSecond) + pace.room(many / 4).toMillis() / 1000.0;
            assertThat(perSecond * seconds).as(pace.toString()).isLessThan(many);
        }
    }

    private static JsonNode told(boolean atRisk) {
        return Json.parse(
                atRisk
                        ? "{\"warnings\":[{\"code\":\"deadline_at_risk\",\"message\":\"it leaves 3.5 s.\"}]}"
                        : "{\"warnings\":[{\"code\":\"something_else\",\"message\":\"\"}]}");
    }

    private static JsonNode entry(String job, String lane, boolean overlap, String billed, String list) {
        return Json.object()
                .put("job", job)
                .put("lane", lane)
                .put("overlap", overlap)
                .put("billed_usd", billed)
                .put("list_usd", list);
    }
}
