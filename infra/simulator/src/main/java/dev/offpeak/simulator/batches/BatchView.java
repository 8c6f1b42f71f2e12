package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.models.Provider;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// A batch as it is at a moment. `details` are the provider's own words about it, `reached` says when which
/// phase began, `lines` is 0 until it is known. The files are those of the client's download; null where there
/// is none.
public record BatchView(
        String id,
        Provider provider,
        long number,
        Instant createdAt,
        Conduct conduct,
        JsonNode details,
        Phase phase,
        Map<Phase, Instant> reached,
        long lines,
        @Nullable String model,
        long tokens,
        @Nullable ArrayNode errors,
        Tally tally,
        @Nullable StoredFile output,
        @Nullable StoredFile error,
        Path folder,
        boolean vanished,
        boolean deleted) {

    public Instant expiresAt() {
        return createdAt.plus(conduct.window());
    }

    /// When the batch ended, or null while it goes on.
    public @Nullable Instant endedAt() {
        return phase.terminal() ? reached.get(phase) : null;
    }

    /// Whether clients can see it at all, a while after its creation.
    public boolean visible(Instant now, String lag) {
        return !vanished && !deleted && !now.isBefore(createdAt.plus(conduct.span(lag)));
    }

    public Path results() {
        return folder.resolve(Batch.OUTPUT);
    }
}
