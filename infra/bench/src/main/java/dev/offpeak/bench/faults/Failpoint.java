package dev.offpeak.bench.faults;

import java.util.List;
import java.util.Map;

/// The named places in Offpeak at which the run ends a process. A test holds this list to Offpeak's own.
///
/// @param wire as Offpeak names it
/// @param role which process comes there
/// @param leaderOnly reached only by the worker that does what one is enough for
/// @param mostReached the run arms the first to this-many-th time it is reached; few where it is reached seldom
record Failpoint(String wire, Member.Role role, boolean leaderOnly, int mostReached) {

    /// The environment variable that arms them.
    static final String VARIABLE = "OFFPEAK_FAILPOINTS";

    /// The second switch, without which Offpeak arms nothing.
    static final String SWITCH = "OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS";

    /// What Offpeak logs before it ends at one, in the line that also names it.
    static final String LAST_WORDS = "Ended at a failpoint";

    /// No place to end at, but what makes a worker act as leader beside the real one.
    static final String SHARED_LEADERSHIP = "leadership.shared";

    /// All at which a process can be ended.
    static final List<Failpoint> ALL = List.of(
            new Failpoint("submit.written", Member.Role.API, false, 40),
            new Failpoint("submit.committed", Member.Role.API, false, 40),
            new Failpoint("cancel.committed", Member.Role.API, false, 2),
            new Failpoint("task.started", Member.Role.WORKER, false, 40),
            new Failpoint("job.claimed", Member.Role.WORKER, false, 40),
            new Failpoint("call.begun", Member.Role.WORKER, false, 40),
            new Failpoint("call.answered", Member.Role.WORKER, false, 40),
            new Failpoint("outcome.written", Member.Role.WORKER, false, 40),
            new Failpoint("outcome.committed", Member.Role.WORKER, false, 40),
            new Failpoint("job.put-back", Member.Role.WORKER, false, 2),
            new Failpoint("delivery.claimed", Member.Role.WORKER, false, 10),
            new Failpoint("delivery.sent", Member.Role.WORKER, false, 10),
            new Failpoint("delivery.recorded", Member.Role.WORKER, false, 10),
            new Failpoint("wake.written", Member.Role.WORKER, false, 2),
            new Failpoint("take-back.written", Member.Role.WORKER, true, 1),
            new Failpoint("expiry.written", Member.Role.WORKER, true, 2),
            new Failpoint("cost-settled.written", Member.Role.WORKER, true, 1));

    /// @return the environment in which a start is armed so
    static Map<String, String> environment(String armed) {
        return Map.of(VARIABLE, armed, SWITCH, "true");
    }

    static Failpoint named(String wire) {
        return ALL.stream()
                .filter(point -> point.wire.equals(wire))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no failpoint " + wire));
    }

    /// @param time which time that it is reached ends the process
    String armed(int time) {
        return wire + "=halt@" + time + (leaderOnly ? "," + SHARED_LEADERSHIP + "=on" : "");
    }
}
