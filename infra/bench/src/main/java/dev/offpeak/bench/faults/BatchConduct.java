package dev.offpeak.bench.faults;

import dev.offpeak.bench.Json;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// How batches fare that are created from now on: as usual, as the tide has it, and as a scenario has it besides.
/// Whoever
/// sets a part of it leaves the others as they are.
final class BatchConduct {

    /// Longer than the run's deadlines.
    private static final int SLOW_SECONDS = 160;

    private final Consumer<ObjectNode> simulator;
    private final History history;
    private final int quickSeconds;
    private boolean slow;
    private @Nullable String lie;

    /// @param simulator takes how batches behave
    /// @param quickSeconds how long batches take that nothing holds up
    BatchConduct(Consumer<ObjectNode> simulator, History history, int quickSeconds) {
        this.simulator = simulator;
        this.history = history;
        this.quickSeconds = quickSeconds;
    }

    /// All the time lines fail and get lost, and of some creates the answer is a lie.
    synchronized boolean usual() {
        slow = false;
        lie = null;
        return apply();
    }

    /// @param slow whether batches come back when it is too late for deadlines
    synchronized boolean slow(boolean slow) {
        this.slow = slow;
        return apply();
    }

    /// From now on every create makes its batch and then does not say so.
    ///
    /// @param how `error` or `cut`; null: as usual
    /// @return whether the simulator knows
    synchronized boolean lie(@Nullable String how) {
        this.lie = how;
        return apply();
    }

    private boolean apply() {
        try {
            simulator.accept(Json.object()
                    .put("seconds_to_complete", slow ? SLOW_SECONDS : quickSeconds)
                    .put("line_error_rate", 0.03)
                    .put("line_lost_rate", 0.02)
                    .put("create_fails_after_creating_rate", lie == null ? 0.1 : 1.0)
                    .put("create_fails_with", lie == null ? "error" : lie));
            return true;
        } catch (UncheckedIOException | IllegalStateException e) {
            history.add("simulator did not listen", Map.of("why", e));
            return false;
        }
    }
}
