package dev.offpeak.shared.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class NumberedIdsTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00.123Z");

    private final NumberedIds ids = new NumberedIds(new TimeOrderedIds(InstantSource.fixed(NOW)).next());

    @Test
    void sortByTheirNumberAsTextDoes() {
        String before = new JobId(ids.of(0)).toString();
        for (int number : new int[] {1, 2, 255, 256, 257, 65_535, 65_536, NumberedIds.MOST}) {
            String next = new JobId(ids.of(number)).toString();
            assertThat(next).isGreaterThan(before);
            before = next;
        }
    }

    @Test
    void carryTheirMomentAndAreVersionSeven() {
        UUID id = ids.of(999_999);

        assertThat(TimeOrderedIds.timeOf(id)).isEqualTo(NOW);
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(ids.of(5)).isNotEqualTo(ids.of(5));
    }
}
