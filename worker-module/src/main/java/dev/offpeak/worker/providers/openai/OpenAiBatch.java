package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.RemoteBatch.Status;
import dev.offpeak.shared.providers.Usage;
import dev.offpeak.worker.providers.JsonTree;
import dev.offpeak.worker.providers.Redaction;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// OpenAI's batch in our words. All that it may leave out, it does leave out, or sets to null, or to an
/// empty text.
final class OpenAiBatch {

    private static final String ENQUEUED_LIMIT = "enqueued token limit";

    private OpenAiBatch() {}

    /// @return empty where it is no batch: one that has vanished is answered with an error in a success
    static Optional<RemoteBatch> of(JsonNode batch, Redaction redaction) {
        String id = JsonTree.text(batch, "id");
        String rawStatus = JsonTree.text(batch, "status");
        Instant createdAt = time(batch, "created_at");
        if (id == null || rawStatus == null || createdAt == null) {
            return Optional.empty();
        }
        Status status = status(rawStatus);
        JsonNode counts = batch.path("request_counts");
        JsonNode error = batch.path("errors").path("data").path(0);
        return Optional.of(new RemoteBatch(
                id,
                status,
                rawStatus,
                JsonTree.count(counts, "total"),
                JsonTree.count(counts, "completed"),
                JsonTree.count(counts, "failed"),
                createdAt,
                time(batch, "expires_at"),
                endedAt(batch, status),
                JsonTree.text(batch, "input_file_id"),
                JsonTree.text(batch, "output_file_id"),
                JsonTree.text(batch, "error_file_id"),
                usage(batch.path("usage")),
                errorCode(error, redaction),
                cleaned(JsonTree.text(error, "message"), redaction),
                error.path("line").canConvertToInt()
                        ? Integer.valueOf(error.path("line").intValue())
                        : null,
                tag(batch.path("metadata"))));
    }

    /// What OpenAI adds counts as running until its window is over.
    private static Status status(String raw) {
        return switch (raw) {
            case "cancelling" -> Status.CANCELLING;
            case "completed" -> Status.COMPLETED;
            case "failed" -> Status.FAILED;
            case "expired" -> Status.EXPIRED;
            case "cancelled" -> Status.CANCELLED;
            default -> Status.RUNNING; // validating, in_progress, finalizing
        };
    }

    private static @Nullable Instant endedAt(JsonNode batch, Status status) {
        return switch (status) {
            case RUNNING, CANCELLING -> null;
            case COMPLETED -> time(batch, "completed_at");
            case FAILED -> time(batch, "failed_at");
            case EXPIRED -> time(batch, "expired_at");
            case CANCELLED -> time(batch, "cancelled_at");
        };
    }

    /// The limit on enqueued tokens has a code of its own, but not in all reports.
    private static @Nullable String errorCode(JsonNode error, Redaction redaction) {
        String message = JsonTree.text(error, "message");
        return message != null && isEnqueuedLimit(message)
                ? RemoteBatch.ENQUEUED_LIMIT_REACHED
                : cleaned(JsonTree.text(error, "code"), redaction);
    }

    static boolean isEnqueuedLimit(String message) {
        return message.toLowerCase(Locale.ROOT).contains(ENQUEUED_LIMIT);
    }

    private static @Nullable String cleaned(@Nullable String text, Redaction redaction) {
        return text == null ? null : redaction.clean(text);
    }

    private static @Nullable Instant time(JsonNode batch, String field) {
        JsonNode seconds = batch.path(field);
        return seconds.canConvertToLong() && seconds.isNumber() ? Instant.ofEpochSecond(seconds.longValue()) : null;
    }

    /// A sum for comparison only: it does not say what was written to the prompt cache, so bills are made
    /// from lines.
    private static @Nullable Usage usage(JsonNode usage) {
        if (!usage.isObject()) {
            return null;
        }
        try {
            return new Usage(
                    usage.path("input_tokens").asLong(0),
                    usage.path("input_tokens_details").path("cached_tokens").asLong(0),
                    0,
                    0,
                    usage.path("output_tokens").asLong(0));
        } catch (IllegalArgumentException _) {
            return null; // impossible counts say nothing
        }
    }

    private static Map<String, String> tag(JsonNode metadata) {
        var tag = new LinkedHashMap<String, String>();
        metadata.properties().forEach(pair -> {
            if (pair.getValue().isTextual()) {
                tag.put(pair.getKey(), pair.getValue().textValue());
            }
        });
        return tag;
    }
}
