package dev.offpeak.shared.lanes;

import java.time.Duration;

/// Durations as people say them.
final class Words {

    private Words() {}

    /// Never longer than two figures and a unit: nothing here is known more exactly.
    static String of(Duration duration) {
        if (duration.compareTo(Duration.ofHours(3)) >= 0) {
            return duration.toHours() + " h";
        }
        if (duration.compareTo(Duration.ofMinutes(3)) >= 0) {
            return duration.toMinutes() + " min";
        }
        return Math.max(0, duration.toSeconds()) + " s";
    }
}
