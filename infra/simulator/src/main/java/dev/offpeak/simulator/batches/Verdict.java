package dev.offpeak.simulator.batches;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;

/// What the validation of a batch's lines came to.
public sealed interface Verdict {
    /// `tokens` is what its prompts count against the queue; `model` is null where lines name models of their own.
    record Accepted(long lines, @Nullable String model, long tokens) implements Verdict {}

    record Rejected(ArrayNode errors) implements Verdict {}
}
