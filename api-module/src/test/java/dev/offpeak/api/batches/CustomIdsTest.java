package dev.offpeak.api.batches;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CustomIdsTest {

    @Test
    void knowsEachIdAgainHoweverManyThereAre() {
        var ids = new CustomIds();

        int fresh = 0;
        for (int i = 0; i < 200_000; i++) {
            fresh += ids.add("id-" + i) ? 1 : 0;
        }
        int again = 0;
        for (int i = 0; i < 200_000; i++) {
            again += ids.add("id-" + i) ? 1 : 0;
        }

        assertThat(fresh).isEqualTo(200_000);
        assertThat(again).isZero();
    }
}
