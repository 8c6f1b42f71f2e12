package dev.offpeak.worker.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointLimitsTest {

    private final EndpointLimits limits = new EndpointLimits(128, 32);

    @Test
    void givesAnEndpointThatNobodyKnowsAFewTries() {
        assertThat(enterAll("a")).hasSize(8);
        assertThat(enterAll("b")).hasSize(8);
    }

    @Test
    void givesAnEndpointThatAnswersMany() {
        answer("a");

        assertThat(enterAll("a")).hasSize(32);
    }

    @Test
    void givesAnEndpointThatHangsTwo() {
        hang("a");

        assertThat(enterAll("a")).hasSize(2);
    }

    @Test
    void forgivesAnEndpointThatAnswersAgain() {
        hang("a");
        answer("a");

        assertThat(enterAll("a")).hasSize(32);
    }

    @Test
    void takesAPermitBack() {
        var permits = enterAll("a");
        permits.getFirst().giveBack();

        assertThat(enterAll("a")).hasSize(1);
    }

    @Test
    void keepsRoomForOthersHoweverManyHang() {
        for (int i = 0; i < 1000; i++) {
            hang("hanging" + i);
        }
        answer("good");

        var hanging = 0;
        for (int i = 0; i < 1000; i++) {
            hanging += enterAll("hanging" + i).size();
        }

        assertThat(hanging).isEqualTo(32);
        assertThat(enterAll("good")).hasSize(32);
    }

    @Test
    void keepsRoomForOthersHoweverManyAreUnknown() {
        answer("good");
        var unknown = 0;
        for (int i = 0; i < 1000; i++) {
            unknown += enterAll("unknown" + i).size();
        }

        assertThat(unknown).isEqualTo(64);
        assertThat(enterAll("good")).hasSize(32);
    }

    @Test
    void neverExceedsTheWhole() {
        for (int i = 0; i < 10; i++) {
            answer("good" + i);
        }
        var entered = 0;
        for (int i = 0; i < 10; i++) {
            entered += enterAll("good" + i).size();
        }

        assertThat(entered).isEqualTo(128);
    }

    @Test
    void countsRightWhenItForgetsOldEndpoints() {
        for (int i = 0; i < 20_000; i++) {
            answer("one-off" + i);
        }

        assertThat(enterAll("new")).hasSize(8);
    }

    private List<EndpointLimits.Permit> enterAll(String endpoint) {
        var permits = new ArrayList<EndpointLimits.Permit>();
        for (var permit = limits.tryEnter(endpoint); permit.isPresent(); permit = limits.tryEnter(endpoint)) {
            permits.add(permit.get());
        }
        return permits;
    }

    private void answer(String endpoint) {
        oneTry(endpoint, false);
    }

    private void hang(String endpoint) {
        oneTry(endpoint, true);
    }

    private void oneTry(String endpoint, boolean hung) {
        var permit = limits.tryEnter(endpoint).orElseThrow();
        permit.learn(hung);
        permit.giveBack();
    }
}
