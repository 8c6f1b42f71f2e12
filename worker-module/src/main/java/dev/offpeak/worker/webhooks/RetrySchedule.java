package dev.offpeak.worker.webhooks;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The ten tries over 75 hours of Standard Webhooks, each pause stretched by 0 to 20 %, never shortened.
final class RetrySchedule {

    /// The pause after the first try, the second, and so on.
    private static final List<Duration> PAUSES = List.of(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(30),
            Duration.ofHours(2),
            Duration.ofHours(5),
            Duration.ofHours(10),
            Duration.ofHours(14),
            Duration.ofHours(20),
            Duration.ofHours(24));

    static final int TRIES = PAUSES.size() + 1;

    /// How soon a receiver is asked again that was too busy to answer.
    private static final Duration BUSY_PAUSE = Duration.ofSeconds(60);

    private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(24);
    private static final double JITTER = 0.2;

    private final RandomGenerator random;
    private final Clock clock;

    RetrySchedule(RandomGenerator random, Clock clock) {
        this.random = random;
        this.clock = clock;
    }

    /// @param triesMade this one included
    Next after(int triesMade, Exchange exchange) {
        return switch (exchange.outcome()) {
            case DELIVERED -> new Next.Delivered();
            case GONE -> new Next.Failed();
            case THROTTLED, TIMEOUT -> retry(triesMade, exchange, BUSY_PAUSE);
            case REDIRECTED, REFUSED, UNREACHABLE, TLS_FAILED, UNRESOLVED, INVALID_TARGET, INTERNAL_ERROR ->
                retry(triesMade, exchange, Duration.ZERO);
        };
    }

    private Next retry(int triesMade, Exchange exchange, Duration atLeast) {
        if (triesMade >= TRIES) {
            return new Next.Failed();
        }
        var pause = stretched(longer(PAUSES.get(triesMade - 1), atLeast));
        return new Next.RetryIn(
                exchange instanceof Exchange.Answered answered
                        ? longer(pause, retryAfter(answered.retryAfter()))
                        : pause);
    }

    private Duration stretched(Duration pause) {
        return pause.plusMillis((long) (pause.toMillis() * JITTER * random.nextDouble()));
    }

    /// @return zero where the header is missing or makes no sense
    private Duration retryAfter(@Nullable String header) {
        if (header == null) {
            return Duration.ZERO;
        }
        var text = header.strip();
        try {
            var asked = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')
                    ? Duration.ofSeconds(Long.parseLong(text))
                    : Duration.between(
                            clock.instant(),
                            ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                                    .toInstant());
            return asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked;
        } catch (DateTimeException | ArithmeticException nonsense) {
            return Duration.ZERO;
        } catch (NumberFormatException beyondLong) {
            return LONGEST_RETRY_AFTER;
        }
    }

    private static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) >= 0 ? one : other;
    }
}
