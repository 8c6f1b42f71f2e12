package dev.offpeak.api.requests;

import dev.offpeak.api.http.Times;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.shared.jobs.Deadline;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Deadlines as clients write them: a duration from now, or a time.
@Component
public final class Deadlines {

    static final Duration LONGEST = Duration.ofDays(7);

    private final Clock clock;

    Deadlines(Clock clock) {
        this.clock = clock;
    }

    /// @return null where none is given, or it is wrong
    public @Nullable Deadline read(Checks checks, @Nullable String text) {
        if (text == null) {
            return null;
        }
        var duration = Times.duration(text);
        var instant = Times.instant(text);
        if (duration.isEmpty() && instant.isEmpty()) {
            checks.wrong("deadline", "must be a duration such as PT15M or a time such as 2026-11-21T12:00:00Z");
            return null;
        }
        var ahead = duration.orElseGet(() -> Duration.between(clock.instant(), instant.orElseThrow()));
        checks.check(ahead.isPositive(), "deadline", "must be in the future");
        checks.check(ahead.compareTo(LONGEST) <= 0, "deadline", "must be at most P7D ahead");
        return duration.<Deadline>map(Deadline.In::new).orElseGet(() -> new Deadline.At(instant.orElseThrow()));
    }
}
