package dev.offpeak.shared.failpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FailpointPlanTest {

    private final List<Duration> slept = new ArrayList<>();
    private final FailpointPlan plan = new FailpointPlan(slept::add);

    @Test
    void holdsFromTheGivenTimeOn() {
        try (var _ = Failpoints.arm(plan.read("call.answered=stall:PT5S@2, job.claimed=stall:PT1S"))) {
            Failpoints.reach(Failpoint.CALL_ANSWERED);
            assertThat(slept).isEmpty();
            Failpoints.reach(Failpoint.CALL_ANSWERED);
            Failpoints.reach(Failpoint.JOB_CLAIMED);
            Failpoints.reach(Failpoint.CALL_BEGUN);
            assertThat(slept).containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(1));
        }
    }

    @Test
    void aPointThatOnlySaysYesIsOnUntilItIsDisarmed() {
        assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED)).isFalse();
        try (var _ = Failpoints.arm(plan.read("leadership.shared=on"))) {
            assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED)).isTrue();
        }
        assertThat(Failpoints.on(Failpoint.LEADERSHIP_SHARED)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nowhere=halt",
                "call.answered",
                "call.answered=explode",
                "call.answered=halt@0",
                "call.answered=halt@x",
                "call.answered=stall:soon",
                "call.answered=halt,",
                "call.answered=on",
                "leadership.shared=halt",
                "leadership.shared=stall:PT1S",
                "leadership.shared=on@2"
            })
    void whatItDoesNotUnderstandItRefuses(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> plan.read(text))
                .withMessageStartingWith("offpeak.failpoints");
    }
}
