package dev.offpeak.shared.queue;

import dev.offpeak.shared.core.NameBasedId;
import dev.offpeak.shared.core.TenantId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One wake-up: what to look at, and the how-manieth wake of it this is.
///
/// @param id the row to look at
/// @param wake counts up with every new wake of the same row, so that a later one is never swallowed as a duplicate
/// @param tenant whose work it is: tenants take turns. Tasks without one take turns as if they were one more tenant's
public record Task(
        TaskKind kind, UUID id, int wake, @Nullable TenantId tenant) {

    /// A task that is no tenant's.
    public Task(TaskKind kind, UUID id, int wake) {
        this(kind, id, wake, null);
    }

    /// The id under which JobRunr keeps this wake: equal for equal wakes.
    public UUID taskId() {
        return NameBasedId.of(kind.wire() + ":" + id + ":" + wake);
    }
}
