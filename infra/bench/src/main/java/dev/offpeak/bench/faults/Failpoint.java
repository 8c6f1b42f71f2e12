package dev.offpeak.bench.faults;

import dev.offpeak.bench.UsageError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// The named places in Offpeak at which the run ends a process. Which there are Offpeak's own source says, so that a
/// new
/// one cannot be forgotten; what the run has to know of one beyond its name stands here.
///
/// @param wire as Offpeak names it
/// @param role which process comes there
/// @param leaderOnly reached only by the worker that does what one is enough for
/// @param mostReached the run arms the first to this-many-th time it is reached; few where it is reached seldom
/// @param provoked reached only while a scenario of its own makes the worker go there
record Failpoint(String wire, Member.Role role, boolean leaderOnly, int mostReached, boolean provoked) {

    /// The environment variable that arms them.
    static final String VARIABLE = "OFFPEAK_FAILPOINTS";

    /// The second switch, without which Offpeak arms nothing.
    static final String SWITCH = "OFFPEAK_FAILPOINTS_ONLY_FOR_TESTS";

    /// What Offpeak logs before it ends at one, in the line that also names it.
    static final String LAST_WORDS = "Ended at a failpoint";

    /// No place to end at, but what makes a worker act as leader beside the real one.
    static final String SHARED_LEADERSHIP = "leadership.shared";

    /// Where two batches of one intent were found, and the one beyond is cancelled.
    static final String TWIN_CANCELLED = "twin.cancelled";

    private static final String OFFPEAKS_OWN =
            "shared-module/src/main/java/dev/offpeak/shared/failpoints/Failpoint.java";
    private static final Pattern NAMED =
            Pattern.compile("^    [A-Z_0-9]+\\(\"([a-z.-]+)\"(, true)?\\)[,;]$", Pattern.MULTILINE);

    private static final Map<String, Failpoint> KNOWN = Map.ofEntries(
            api("submit.written", 40),
            api("submit.committed", 40),
            api("cancel.committed", 2),
            api("intake.written", 1),
            worker("task.started", 40),
            worker("job.claimed", 40),
            worker("call.begun", 40),
            worker("call.answered", 40),
            worker("outcome.written", 40),
            worker("outcome.committed", 40),
            worker("delivery.claimed", 10),
            worker("delivery.sent", 10),
            worker("delivery.recorded", 10),
            worker("wake.written", 2),
            worker("job.put-back", 2),
            worker("batch.sealed", 2),
            worker("batch.uploaded", 2),
            worker("batch.file-written", 2),
            worker("batch.creating", 2),
            worker("batch.sending", 2),
            worker("batch.created", 2),
            worker("batch.submitted", 2),
            worker("batch.polled", 4),
            worker("reconcile.chunk-written", 2),
            worker("reconcile.chunk-committed", 2),
            worker("reconcile.done", 2),
            worker("feed.written", 1),
            worker("batch-end.written", 1),
            leader("take-back.written", 1),
            leader("expiry.written", 2),
            leader("cost-settled.written", 1),
            leader("rescue.written", 1),
            Map.entry(TWIN_CANCELLED, new Failpoint(TWIN_CANCELLED, Member.Role.WORKER, false, 1, true)));

    private static Map.Entry<String, Failpoint> api(String wire, int mostReached) {
        return Map.entry(wire, new Failpoint(wire, Member.Role.API, false, mostReached, false));
    }

    private static Map.Entry<String, Failpoint> worker(String wire, int mostReached) {
        return Map.entry(wire, new Failpoint(wire, Member.Role.WORKER, false, mostReached, false));
    }

    private static Map.Entry<String, Failpoint> leader(String wire, int mostReached) {
        return Map.entry(wire, new Failpoint(wire, Member.Role.WORKER, true, mostReached, false));
    }

    /// All at which a process can be ended, of the Offpeak in that repository. One that the run knows nothing of is
    /// taken for a place that workers come to, now and then.
    static List<Failpoint> all(Path root) {
        String source;
        try {
            source = Files.readString(root.resolve(OFFPEAKS_OWN));
        } catch (IOException e) {
            throw new UsageError("Offpeak's list of failpoints cannot be read: " + e.getMessage());
        }
        List<Failpoint> all = NAMED.matcher(source)
                .results()
                .filter(found -> found.group(2) == null)
                .map(found -> KNOWN.getOrDefault(
                        found.group(1), new Failpoint(found.group(1), Member.Role.WORKER, false, 1, false)))
                .toList();
        if (all.isEmpty()) {
            throw new UsageError("Offpeak's list of failpoints is empty, or written in another way: " + OFFPEAKS_OWN);
        }
        return all;
    }

    /// What the run knows more of than the name.
    static List<String> known() {
        return KNOWN.keySet().stream().sorted().toList();
    }

    /// @return the environment in which a start is armed so
    static Map<String, String> environment(String armed) {
        return Map.of(VARIABLE, armed, SWITCH, "true");
    }

    static Failpoint named(String wire) {
        Failpoint known = KNOWN.get(wire);
        if (known == null) {
            throw new IllegalArgumentException("there is no failpoint " + wire);
        }
        return known;
    }

    /// @param time which time that it is reached ends the process
    String armed(int time) {
        return wire + "=halt@" + time + (leaderOnly ? "," + SHARED_LEADERSHIP + "=on" : "");
    }
}
