package dev.offpeak.shared.failpoints;

import java.util.Map;

/// What is armed in this process. Static on purpose: a point stands in the middle of a method that must not be built
/// differently for a test, and where nothing is armed it costs one read of a field.
public final class Failpoints {

    private static volatile Map<Failpoint, Runnable> armed = Map.of();

    private Failpoints() {}

    /// Says that the program has come to this place.
    public static void reach(Failpoint point) {
        Runnable action = armed.get(point);
        if (action != null) {
            action.run();
        }
    }

    /// Whether a point that only says yes or no is on.
    public static boolean on(Failpoint point) {
        return armed.containsKey(point);
    }

    /// Replaces what is armed; for tests inside one process, and for the configuration.
    ///
    /// @param actions what happens whenever a point is reached; what they throw goes up from there
    /// @return disarms all
    public static Armed arm(Map<Failpoint, Runnable> actions) {
        armed = Map.copyOf(actions);
        return () -> armed = Map.of();
    }

    /// Until it is closed, points do something.
    @FunctionalInterface
    public interface Armed extends AutoCloseable {
        @Override
        void close();
    }
}
