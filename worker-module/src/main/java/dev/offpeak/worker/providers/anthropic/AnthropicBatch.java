package dev.offpeak.worker.providers.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.RemoteBatch.Status;
import dev.offpeak.worker.providers.JsonTree;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Anthropic's batch in our words. Its counts say nothing until it has ended: all lines are being
/// processed, then none.
final class AnthropicBatch {

    private AnthropicBatch() {}

    /// @return empty where it is no batch
    static Optional<RemoteBatch> of(JsonNode batch) {
        String id = JsonTree.text(batch, "id");
        String rawStatus = JsonTree.text(batch, "processing_status");
        Instant createdAt = time(batch, "created_at");
        if (id == null || rawStatus == null || createdAt == null) {
            return Optional.empty();
        }
        JsonNode counts = batch.path("request_counts");
        int succeeded = JsonTree.count(counts, "succeeded");
        int failed = JsonTree.count(counts, "errored")
                + JsonTree.count(counts, "canceled")
                + JsonTree.count(counts, "expired");
        return Optional.of(new RemoteBatch(
                id,
                status(rawStatus, batch, counts),
                rawStatus,
                JsonTree.count(counts, "processing") + succeeded + failed,
                succeeded,
                failed,
                createdAt,
                time(batch, "expires_at"),
                time(batch, "ended_at"),
                null,
                JsonTree.text(batch, "results_url"),
                null,
                null,
                null,
                null,
                null,
                Map.of()));
    }

    /// There is one way to end, so how it ended is told by its lines.
    private static Status status(String raw, JsonNode batch, JsonNode counts) {
        return switch (raw) {
            case "canceling" -> Status.CANCELLING;
            case "ended" -> {
                if (JsonTree.text(batch, "cancel_initiated_at") != null && JsonTree.count(counts, "canceled") > 0) {
                    yield Status.CANCELLED;
                }
                yield JsonTree.count(counts, "expired") > 0 ? Status.EXPIRED : Status.COMPLETED;
            }
            default -> Status.RUNNING; // in_progress
        };
    }

    private static @Nullable Instant time(JsonNode batch, String field) {
        String text = JsonTree.text(batch, field);
        if (text == null) {
            return null;
        }
        try {
            return OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeParseException _) {
            return null;
        }
    }
}
