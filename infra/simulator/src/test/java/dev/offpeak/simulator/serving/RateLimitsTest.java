package dev.offpeak.simulator.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.BadSetting;
import dev.offpeak.simulator.state.Behaviour;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final RateLimits limits = new RateLimits(nanos::get);

    @Test
    void letsAMinutesWorthThroughAndThenAtAnEvenPace() throws Exception {
        Behaviour two = behaviour("rate_limit_rpm", 2);

        assertThat(limits.admit("m", 1, two).unit()).isNull();
        assertThat(limits.admit("m", 1, two).unit()).isNull();
        RateLimits.Admission third = limits.admit("m", 1, two);

        assertThat(third.unit()).isEqualTo("requests");
        assertThat(third.limit()).isEqualTo(2);
        assertThat(third.patience()).isEqualTo(Duration.ofSeconds(30));
        assertThat(limits.admit("other", 1, two).unit()).isNull();
        nanos.addAndGet(Duration.ofSeconds(30).toNanos());
        assertThat(limits.admit("m", 1, two).unit()).isNull();
    }

    @Test
    void takesGeneratedTokensAfterwards() throws Exception {
        Behaviour hundred = behaviour("rate_limit_tpm", 100);
        limits.admit("m", 40, hundred);
        limits.spend("m", 80);

        assertThat(limits.admit("m", 1, hundred).unit()).isEqualTo("tokens");
    }

    @Test
    void promisesNothingToACallThatAloneExceedsTheLimit() throws Exception {
        RateLimits.Admission admission = limits.admit("m", 101, behaviour("rate_limit_tpm", 100));

        assertThat(admission.unit()).isEqualTo("tokens");
        assertThat(admission.patience()).isNull();
    }

    @Test
    void limitsNothingByDefault() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(limits.admit("m", 1_000_000, Behaviour.defaults()).unit())
                    .isNull();
        }
    }

    private static Behaviour behaviour(String field, int value) throws BadSetting {
        return Behaviour.defaults().with(Json.object().put(field, value));
    }
}
