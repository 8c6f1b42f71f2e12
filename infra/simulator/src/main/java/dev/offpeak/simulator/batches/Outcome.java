package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.state.Execution;
import org.jspecify.annotations.Nullable;

/// What became of a line, in the words of the provider, and what it consumed if it ran. `thought` is the part of
/// its output tokens that was reasoning.
public record Outcome(Fate fate, byte[] text, @Nullable Execution execution, long thought) {
    static final Outcome LOST = new Outcome(Fate.LOST, new byte[0], null, 0);

    public static Outcome without(Fate fate, byte[] text) {
        return new Outcome(fate, text, null, 0);
    }
}
