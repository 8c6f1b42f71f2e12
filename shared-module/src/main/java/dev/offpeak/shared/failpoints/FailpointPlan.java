package dev.offpeak.shared.failpoints;

import dev.offpeak.shared.core.Sleeper;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads `point=action` with commas between: `call.answered=halt@3,outcome.written=stall:PT5S,leadership.shared=on`.
///
/// `halt` ends the process like a kill, at the first or the given time that the point is reached; `stall:<duration>`
/// holds the thread there, each time or from the given time on; `on` is for points that only say yes or no, and nothing
/// else is.
final class FailpointPlan {

    private static final Logger log = LoggerFactory.getLogger(FailpointPlan.class);

    /// What a process ends with that was ended by signal 9.
    private static final int KILLED = 137;

    private final Sleeper sleeper;

    FailpointPlan(Sleeper sleeper) {
        this.sleeper = sleeper;
    }

    /// @throws IllegalArgumentException where the text is not understood, with what is wrong
    Map<Failpoint, Runnable> read(String text) {
        var actions = new EnumMap<Failpoint, Runnable>(Failpoint.class);
        for (String entry : text.split(",", -1)) {
            int equals = entry.indexOf('=');
            String name =
                    equals < 0 ? entry.strip() : entry.substring(0, equals).strip();
            Failpoint point = Failpoint.ofWire(name)
                    .orElseThrow(() -> new IllegalArgumentException("offpeak.failpoints knows no point " + name));
            actions.put(
                    point,
                    action(point, equals < 0 ? "" : entry.substring(equals + 1).strip()));
        }
        return actions;
    }

    private Runnable action(Failpoint point, String text) {
        if (text.equals("on") != point.yesOrNo()) {
            throw new IllegalArgumentException("offpeak.failpoints: " + point.wire()
                    + (point.yesOrNo() ? " can only be on" : " needs an action: halt or stall:<duration>") + ", not "
                    + text);
        }
        if (point.yesOrNo()) {
            return () -> {};
        }
        int at = text.indexOf('@');
        String what = at < 0 ? text : text.substring(0, at);
        int from = at < 0 ? 1 : times(point, text.substring(at + 1));
        Runnable action = what.equals("halt") ? () -> halt(point) : stall(point, what);
        var reached = new AtomicInteger();
        return () -> {
            if (reached.incrementAndGet() >= from) {
                action.run();
            }
        };
    }

    private static int times(Failpoint point, String text) {
        if (!text.matches("[1-9][0-9]{0,6}")) {
            throw new IllegalArgumentException(
                    "offpeak.failpoints: " + point.wire() + " needs a count after @, not " + text);
        }
        return Integer.parseInt(text);
    }

    private Runnable stall(Failpoint point, String what) {
        if (!what.startsWith("stall:")) {
            throw new IllegalArgumentException(
                    "offpeak.failpoints: " + point.wire() + " needs an action: halt or stall:<duration>, not " + what);
        }
        Duration length;
        try {
            length = Duration.parse(what.substring("stall:".length()));
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    "offpeak.failpoints: " + point.wire() + " needs a duration such as PT5S after stall:", e);
        }
        return () -> {
            log.atWarn()
                    .addKeyValue("failpoint", point.wire())
                    .addKeyValue("for", length)
                    .log("Held at a failpoint");
            try {
                sleeper.sleep(length);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
    }

    private static void halt(Failpoint point) {
        log.atWarn().addKeyValue("failpoint", point.wire()).log("Ended at a failpoint");
        Runtime.getRuntime().halt(KILLED); // no hook runs, as with kill -9
    }
}
