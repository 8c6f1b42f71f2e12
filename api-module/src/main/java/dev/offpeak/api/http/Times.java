package dev.offpeak.api.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/// Times as they stand on the wire: RFC 3339 instants and ISO 8601 durations of days and below.
public final class Times {

    private Times() {}

    /// @return empty where the text is no RFC 3339 time, or one that no table holds
    public static Optional<Instant> instant(String text) {
        try {
            var time = OffsetDateTime.parse(text);
            return time.getYear() < 1 || time.getYear() > 9999 ? Optional.empty() : Optional.of(time.toInstant());
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    /// @return empty where the text is no ISO 8601 duration such as `PT15M` or `P7D`
    public static Optional<Duration> duration(String text) {
        if (!text.startsWith("P")) {
            return Optional.empty(); // Java also takes signs and small letters
        }
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeException | ArithmeticException _) {
            return Optional.empty();
        }
    }

    /// As the documentation writes them: `P7D` for whole days, but `PT24H` for one.
    public static String text(Duration duration) {
        long days = duration.toDays();
        return days > 1 && duration.equals(Duration.ofDays(days)) ? "P" + days + "D" : duration.toString();
    }
}
