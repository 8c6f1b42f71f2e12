package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GrowthTest {

    @Test
    void holdsUpToItsLimit() {
        assertThat(new Growth(100, 120, 1.2).holds()).isTrue();
        assertThat(new Growth(100, 121, 1.2).holds()).isFalse();
        assertThat(new Growth(100, 20, 1.2).holds()).isTrue();
    }

    @Test
    void fromNothingToNothingIsNoGrowth() {
        assertThat(new Growth(0, 0, 1.2).holds()).isTrue();
        assertThat(new Growth(0, 1, 1.2).holds()).isFalse();
        assertThat(new Growth(0, 1, 1.2).json().has("times")).isFalse();
    }

    @Test
    void doesNotHoldWhereNothingWasMeasured() {
        assertThat(new Growth(0, 0, 1.2, false).holds()).isFalse();
    }

    @Test
    void saysHowManyTimes() {
        assertThat(new Growth(80, 100, 1.2).json().path("times").asDouble()).isEqualTo(1.25);
    }
}
