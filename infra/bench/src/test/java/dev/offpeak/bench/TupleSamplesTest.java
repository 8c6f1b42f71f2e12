package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class TupleSamplesTest {

    private static final Window FIRST = Window.first(2);
    private static final Window LAST = Window.last(2, 6);

    private final TupleSamples samples = new TupleSamples();

    @Test
    void comparesAveragesAndNotTheMomentBeforeAVacuum() {
        job(0, 1_000, 0);
        job(1, 3_000, 0);
        job(4, 4_000, 0);
        job(5, 0, 0);

        assertThat(samples.averageDead(FIRST)).isCloseTo(2_000, within(0.1));
        assertThat(samples.averageDead(LAST)).isCloseTo(2_000, within(0.1));
        assertThat(growth().path("all_tables").path("holds").asBoolean()).isTrue();
    }

    @Test
    void addsTheTables() {
        samples.add(0, Map.of("public.job", dead(300), "public.call", dead(200)));

        assertThat(samples.averageDead(FIRST)).isCloseTo(500, within(0.1));
    }

    @Test
    void allowsWhatAutovacuumAllows() {
        job(4, 500, 10_000);
        job(5, 6_400, 20_000); // its trigger is 6,000, and in two minutes 10,000 rows changed

        assertThat(samples.keptBelowBound(LAST)).isTrue();
        assertThat(growth().path("tables")
                        .path("public.job")
                        .path("autovacuum_bound")
                        .asLong())
                .isEqualTo(16_000);
    }

    @Test
    void tellsWhereAutovacuumFallsBehind() {
        job(4, 20_000, 10_000);
        job(5, 30_000, 20_000);

        assertThat(samples.keptBelowBound(LAST)).isFalse();
    }

    @Test
    void leavesOutTablesWithHardlyADeadRow() {
        samples.add(0, Map.of("public.tenant", dead(99)));

        assertThat(growth().path("tables").isEmpty()).isTrue();
    }

    private JsonNode growth() {
        return samples.json(FIRST, LAST, 1.2);
    }

    private void job(int minute, long dead, long changes) {
        samples.add(minute, Map.of("public.job", new Tuples(300_000, dead, changes, 6_000)));
    }

    private static Tuples dead(long dead) {
        return new Tuples(10, dead, 0, 50);
    }
}
