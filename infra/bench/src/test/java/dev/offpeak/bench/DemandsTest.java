package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DemandsTest {

    @Test
    void holdOnlyWhereAllDo() {
        assertThat(new Demands().that("a", true).that("b", true).hold()).isTrue();
        assertThat(new Demands().that("a", true).that("b", false).hold()).isFalse();
    }

    @Test
    void doNotHoldWhereNothingIsDemanded() {
        assertThat(new Demands().hold()).isFalse();
    }

    @Test
    void stayBrokenWhateverComesLater() {
        var demands = new Demands().that("a", false).that("a", true);

        assertThat(demands.hold()).isFalse();
        assertThat(demands.json().path("a").asBoolean(true)).isFalse();
    }
}
