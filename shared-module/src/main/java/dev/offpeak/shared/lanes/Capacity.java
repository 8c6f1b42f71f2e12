package dev.offpeak.shared.lanes;

import dev.offpeak.shared.jobs.LaneReason;
import dev.offpeak.shared.providers.DirectCapacity;
import java.time.Duration;
import java.util.List;

/// What the direct lane can bear, for those who call now and for those who might have to when a batch does
/// not come.
///
/// @param call how long one call takes
/// @param perSecond calls that all workers together finish in a second, as rescues reckon with
/// @param ahead how many jobs have to be finished earlier than the one in question
public record Capacity(Quantiles call, double perSecond, long ahead) {

    private static final Duration SHORTEST = Duration.ofMillis(1);

    public Capacity {
        if (!(perSecond > 0) || ahead < 0) {
            throw new IllegalArgumentException("no capacity: " + perSecond + " a second, " + ahead + " ahead");
        }
    }

    /// How long before its deadline a job's call must be able to begin, if all with an earlier deadline had
    /// to be called too: as rescues are planned, and once more what a call takes at its slowest.
    public Duration room() {
        return planned().finishes(0).plus(call.p99());
    }

    private DirectCapacity planned() {
        return new DirectCapacity(perSecond, call.p99(), Math.clamp(ahead, 0, Integer.MAX_VALUE));
    }

    /// When the last of so many that come at once has its answer, nine times out of ten.
    Duration finish(int count) {
        return call.p90().plus(Duration.ofMillis(Math.round((count - 1) / perSecond * 1000)));
    }

    /// For those of whom only so many are called at once.
    public Capacity within(int places) {
        double seconds = Math.max(SHORTEST.toNanos(), call.p50().toNanos()) / 1e9;
        return new Capacity(call, Math.min(perSecond, places / seconds), ahead);
    }

    /// For the last of some that come at once.
    public Capacity behind(int others) {
        return new Capacity(call, perSecond, ahead + others);
    }

    /// What is to be said at submission of a job that this may not carry in time.
    ///
    /// @return empty where it can
    public List<LaneReason> shortfall(Duration timeLeft) {
        if (timeLeft.compareTo(room()) >= 0) {
            return List.of();
        }
        String behind =
                ahead == 0 ? "" : " and others have to be made before"; // whose, and how many, is nobody's business
        return List.of(ReasonCode.DEADLINE_AT_RISK.because("A call takes up to " + Words.of(call.p99()) + behind
                + "; to be safe the deadline would have to leave " + Words.of(room()) + ", it leaves "
                + Words.of(timeLeft) + "."));
    }
}
