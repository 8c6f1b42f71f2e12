package dev.offpeak.worker.providers;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// How long a provider asks us to wait: `Retry-After-Ms`, else `Retry-After` as seconds or as an HTTP date.
public final class RetryAfter {

    /// More than any provider asks for; keeps a nonsensical header from holding work for good.
    private static final Duration LONGEST = Duration.ofDays(1);

    private RetryAfter() {}

    /// @param headers the values of a header by its name, whatever its case
    /// @return empty where the provider asked for nothing that can be read; zero for a date that has passed
    public static Optional<Duration> of(Function<String, List<String>> headers, Clock clock) {
        return first(headers, "retry-after-ms")
                .flatMap(text -> decimal(text, 1_000_000))
                .or(() -> first(headers, "retry-after")
                        .flatMap(text -> decimal(text, 1_000_000_000).or(() -> untilDate(text, clock))));
    }

    private static Optional<String> first(Function<String, List<String>> headers, String name) {
        return headers.apply(name).stream().map(String::strip).findFirst();
    }

    private static Optional<Duration> decimal(String text, long nanosPerUnit) {
        try {
            BigDecimal nanos = new BigDecimal(text).multiply(BigDecimal.valueOf(nanosPerUnit));
            if (nanos.signum() < 0) {
                return Optional.empty();
            }
            return Optional.of(Duration.ofNanos(
                    nanos.min(BigDecimal.valueOf(LONGEST.toNanos())).longValue()));
        } catch (NumberFormatException _) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> untilDate(String text, Clock clock) {
        try {
            var date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
            Duration wait = Duration.between(clock.instant(), date.toInstant());
            if (wait.isNegative()) {
                return Optional.of(Duration.ZERO);
            }
            return Optional.of(wait.compareTo(LONGEST) > 0 ? LONGEST : wait);
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }
}
