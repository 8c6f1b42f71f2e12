package dev.offpeak.shared.queue;

import dev.offpeak.shared.core.NameBasedId;
import java.util.UUID;

/// One wake-up: what to look at, and the how-manieth wake of it this is.
///
/// @param id the row to look at
/// @param wake counts up with every new wake of the same row, so that a later one is never swallowed as a duplicate
public record Task(TaskKind kind, UUID id, int wake) {

    /// The id under which JobRunr keeps this wake: equal for equal wakes.
    public UUID taskId() {
        return NameBasedId.of(kind.wire() + ":" + id + ":" + wake);
    }
}
