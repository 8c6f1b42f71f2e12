package dev.offpeak.bench;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// Durations by the minute of the run in which they began; percentiles of any window of minutes are exact, not averages
/// of the minutes' own.
final class MinuteLatencies {

    private final List<Latencies> minutes;

    MinuteLatencies(int minutes) {
        this.minutes = Stream.generate(Latencies::new).limit(minutes).toList();
    }

    /// A minute after the last counts as the last.
    void record(int minute, Duration duration) {
        minutes.get(Math.clamp(minute, 0, minutes.size() - 1)).record(duration);
    }

    Latencies minute(int minute) {
        return minutes.get(minute);
    }

    Latencies over(Window window) {
        var together = new Latencies();
        minutes.subList(window.from(), window.to()).forEach(together::add);
        return together;
    }
}
