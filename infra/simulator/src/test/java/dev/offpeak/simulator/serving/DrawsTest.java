package dev.offpeak.simulator.serving;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.Behaviour;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DrawsTest {
    @Test
    void givesTheSameFatesForTheSameSeedAndGoesOnAfterARestart() throws Exception {
        Behaviour risky = Behaviour.defaults().with(Json.object().put("error_rate", 0.3));
        List<Draws.Draw> first = take(new Draws(0), risky, 100);

        assertThat(take(new Draws(0), risky, 100)).isEqualTo(first);
        assertThat(take(new Draws(60), risky, 40)).isEqualTo(first.subList(60, 100));
        assertThat(take(new Draws(0), risky.with(Json.object().put("seed", 2)), 100))
                .isNotEqualTo(first);
    }

    @Test
    void failsAsOftenAsItIsTold() throws Exception {
        Behaviour risky = Behaviour.defaults().with(Json.object().put("error_rate", 0.3));

        long failed = take(new Draws(0), risky, 10_000).stream()
                .filter(Draws.Draw::fails)
                .count();

        assertThat(failed).isBetween(2_800L, 3_200L);
    }

    private static List<Draws.Draw> take(Draws draws, Behaviour behaviour, int count) {
        return Stream.generate(() -> draws.next(behaviour)).limit(count).toList();
    }
}
