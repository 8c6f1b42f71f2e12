package dev.offpeak.worker.webhooks;

import static java.time.ZoneOffset.UTC;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryScheduleTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T18:00:00Z"), UTC);

    private final RetrySchedule unstretched = new RetrySchedule(always(0.0), CLOCK);

    @ParameterizedTest
    @CsvSource({"1, PT5S", "2, PT5M", "3, PT30M", "4, PT2H", "5, PT5H", "6, PT10H", "7, PT14H", "8, PT20H", "9, PT24H"})
    void waitsAsStandardWebhooksRecommends(int tries, Duration pause) {
        assertThat(unstretched.after(tries, answered(500, null))).isEqualTo(new Next.RetryIn(pause));
    }

    @Test
    void givesUpAfterTheTenthTry() {
        assertThat(unstretched.after(10, answered(500, null))).isEqualTo(new Next.Failed());
        assertThat(unstretched.after(10, answered(503, "3600"))).isEqualTo(new Next.Failed());
    }

    @Test
    void spansSeventyFiveHours() {
        var span = Duration.ZERO;
        for (int tries = 1; tries < RetrySchedule.TRIES; tries++) {
            span = span.plus(delay(unstretched.after(tries, answered(500, null))));
        }

        assertThat(span).isEqualTo(Duration.parse("PT75H35M5S"));
    }

    @Test
    void stretchesAPauseByAtMostAFifthAndNeverShortensIt() {
        var most = new RetrySchedule(always(Math.nextDown(1.0)), CLOCK);
        var random = new RetrySchedule(new Random(7), CLOCK);

        assertThat(delay(most.after(2, answered(500, null)))).isEqualTo(Duration.ofMillis(359_999));
        for (int i = 0; i < 1000; i++) {
            assertThat(delay(random.after(2, answered(500, null))))
                    .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299})
    void isContentWithAny2xx(int status) {
        assertThat(unstretched.after(1, answered(status, null))).isEqualTo(new Next.Delivered());
    }

    @ParameterizedTest
    @ValueSource(ints = {199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 409, 500, 503, 599})
    void triesAgainOnAnyOther(int status) {
        assertThat(unstretched.after(1, answered(status, null))).isEqualTo(new Next.RetryIn(Duration.ofSeconds(5)));
    }

    @Test
    void stopsAtOnceWhereTheReceiverIsGone() {
        assertThat(unstretched.after(1, answered(410, "60"))).isEqualTo(new Next.Failed());
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 502, 504})
    void leavesABusyReceiverAMinute(int status) {
        assertThat(unstretched.after(1, answered(status, null))).isEqualTo(new Next.RetryIn(Duration.ofMinutes(1)));
        assertThat(unstretched.after(2, answered(status, null))).isEqualTo(new Next.RetryIn(Duration.ofMinutes(5)));
    }

    @ParameterizedTest
    @EnumSource(
            value = TryOutcome.class,
            names = {"DELIVERED", "GONE"},
            mode = EnumSource.Mode.EXCLUDE)
    void triesAgainWhateverBroke(TryOutcome outcome) {
        var pause = outcome == TryOutcome.TIMEOUT || outcome == TryOutcome.THROTTLED ? 60 : 5;

        assertThat(unstretched.after(1, new Exchange.Broken(outcome)))
                .isEqualTo(new Next.RetryIn(Duration.ofSeconds(pause)));
    }

    @ParameterizedTest
    @CsvSource({
        "503, 120, PT2M",
        "503, ' 120 ', PT2M",
        "503, 1, PT5S",
        "503, 0, PT5S",
        "503, -7, PT5S",
        "503, soon, PT5S",
        "503, 1.5, PT5S",
        "503, '', PT5S",
        "503, 86400, PT24H",
        "503, 86401, PT24H",
        "503, 99999999999999999999999, PT24H",
        "503, 9223372036854775807, PT24H",
        "429, 30, PT1M",
        "400, 90, PT1M30S",
        "503, 'Sat, 21 Nov 2026 18:10:00 GMT', PT10M",
        "503, 'Sat, 21 Nov 2026 17:00:00 GMT', PT5S",
        "503, 'Sun, 21 Nov 2027 18:00:00 GMT', PT24H"
    })
    void letsRetryAfterOnlyLengthenThePause(int status, String header, Duration pause) {
        assertThat(unstretched.after(1, answered(status, header))).isEqualTo(new Next.RetryIn(pause));
    }

    private static Exchange answered(int status, @Nullable String retryAfter) {
        return new Exchange.Answered(status, new byte[0], retryAfter);
    }

    private static Duration delay(Next next) {
        return next instanceof Next.RetryIn(var delay) ? delay : Duration.ZERO;
    }

    private static Random always(double value) {
        return new Random() {
            @Override
            public double nextDouble() {
                return value;
            }
        };
    }
}
