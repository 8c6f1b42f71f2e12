package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Phase;
import dev.offpeak.simulator.batches.Tally;
import dev.offpeak.simulator.json.Json;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A batch in Anthropic's words. Until it ended, all of its requests are being processed.
final class MessageBatchJson {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSxxx", Locale.ROOT);

    private MessageBatchJson() {}

    static ObjectNode of(BatchView batch, String base, Instant now) {
        boolean ended = batch.endedAt() != null;
        ObjectNode json = Json.object()
                .put("id", batch.id())
                .put("type", "message_batch")
                .put("processing_status", status(batch));
        Tally tally = batch.tally();
        // Lines that are lost belong somewhere: the counts always sum to the number of requests.
        json.putObject("request_counts")
                .put("processing", ended ? 0 : batch.lines())
                .put("succeeded", ended ? tally.succeeded() : 0)
                .put("errored", ended ? tally.errored() + tally.lost() : 0)
                .put("canceled", ended ? tally.cancelled() : 0)
                .put("expired", ended ? tally.expired() : 0);
        Instant archived = archivedAt(batch, now);
        json.put("ended_at", text(batch.endedAt()))
                .put("created_at", text(batch.createdAt()))
                .put("expires_at", text(batch.expiresAt()))
                .put("archived_at", text(archived))
                .put("cancel_initiated_at", text(batch.reached().get(Phase.CANCELLING)))
                .put("results_url", ended && archived == null ? base + "/" + batch.id() + "/results" : null);
        if (batch.conduct().flag("extra_fields")) {
            json.putObject("x_new_field").put("since", "yesterday");
        }
        return json;
    }

    /// Since when the results are gone, or null while they are there.
    static @Nullable Instant archivedAt(BatchView batch, Instant now) {
        Instant until = batch.createdAt().plus(batch.conduct().span("results_kept_seconds"));
        return batch.endedAt() == null || now.isBefore(until) ? null : until;
    }

    private static String status(BatchView batch) {
        String unheard = batch.conduct().text("unheard_status");
        return switch (batch.phase()) {
            case IN_PROGRESS -> unheard == null ? "in_progress" : unheard;
            case VALIDATING, FINALIZING -> "in_progress";
            case CANCELLING -> "canceling";
            case FAILED, COMPLETED, EXPIRED, CANCELLED -> "ended";
        };
    }

    private static @Nullable String text(@Nullable Instant at) {
        return at == null ? null : TIME.format(at.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC));
    }
}
