package dev.offpeak.simulator.answers;

import org.jspecify.annotations.Nullable;

/// What the model said. `text` is the words, the words of a refusal, or the JSON arguments of a call of `tool`.
public record Answer(
        String text,
        int tokens,
        End end,
        @Nullable String tool,
        @Nullable String stopSequence) {
    /// Why the model stopped.
    public enum End {
        STOP,
        STOP_SEQUENCE,
        LENGTH,
        REFUSAL,
        EMPTY,
        TOOL
    }

    public boolean refused() {
        return end == End.REFUSAL;
    }

    public boolean calls() {
        return tool != null;
    }
}
