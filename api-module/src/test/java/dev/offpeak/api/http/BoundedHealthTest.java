package dev.offpeak.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

class BoundedHealthTest {

    @Test
    void saysWhatTheOtherSays() {
        assertThat(new BoundedHealth(() -> Health.up().build(), Duration.ofMinutes(3)).health())
                .isEqualTo(Health.up().build());
    }

    @Test
    void isDownWhereTheOtherDoesNotSayAndLetsItGo() throws InterruptedException {
        var letGo = new CountDownLatch(1);
        var bounded = new BoundedHealth(
                () -> {
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException cancelled) {
                        letGo.countDown();
                    }
                    return Health.up().build();
                },
                Duration.ofMillis(50));

        var health = bounded.health();

        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
        assertThat(health.getDetails()).containsKey("why");
        assertThat(letGo.await(3, TimeUnit.MINUTES)).isTrue();
    }
}
