package dev.offpeak.shared.providers;

import java.time.Duration;
import java.util.List;

/// How many direct calls an account takes, as observed: what can still be met before a deadline, and when
/// calling has to begin so that all of it is met. Pure; times are durations from now.
///
/// @param perSecond calls that all workers together finish in a second
/// @param slow how long a call takes that is slower than 99 of 100
/// @param ahead calls that are asked for already and go first
public record DirectCapacity(double perSecond, Duration slow, int ahead) {

    private static final double NANOS = 1e9;

    public DirectCapacity {
        if (!(perSecond > 0) || slow.isNegative() || ahead < 0) {
            throw new IllegalArgumentException("no such capacity");
        }
    }

    /// Jobs with deadlines about as near as each other.
    ///
    /// @param left until the earliest of their deadlines
    public record Due(Duration left, int jobs) {}

    /// When the last of so many more calls has been answered, should they begin now.
    ///
    /// @param more one call is 1
    public Duration finishes(int more) {
        return Duration.ofNanos((long) ((ahead + (double) more) / perSecond * NANOS))
                .plus(slow);
    }

    /// Whether a call that is asked for now is answered in time.
    ///
    /// @param left until its deadline
    public boolean meets(Duration left) {
        return finishes(1).compareTo(left) <= 0;
    }

    /// How many jobs must be called now, the earliest deadlines first, so that all are met that can be:
    /// up to the last one that would be late were it left to wait for longer than the margin. What cannot
    /// be met any more takes nobody's place: it ends at its deadline, and those behind it need not begin
    /// early on its account.
    ///
    /// @param due earliest deadline first
    /// @param margin how much earlier than needed to begin
    public int beginNow(List<Due> due, Duration margin) {
        int seen = 0;
        int met = 0;
        int begin = 0;
        for (Due some : due) {
            seen += some.jobs();
            int room = Math.max(0, room(some.left()) - met);
            met += Math.min(some.jobs(), room);
            boolean mayWait = some.jobs() <= room && finishes(met).plus(margin).compareTo(some.left()) <= 0;
            begin = mayWait ? begin : seen;
        }
        return begin;
    }

    /// How many more calls that begin now are answered by then.
    private int room(Duration left) {
        double seconds = left.minus(slow).toNanos() / NANOS;
        return (int) Math.max(0, Math.min(Integer.MAX_VALUE, Math.floor(seconds * perSecond) - ahead));
    }
}
