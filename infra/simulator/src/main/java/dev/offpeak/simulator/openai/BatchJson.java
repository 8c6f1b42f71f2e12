package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Phase;
import dev.offpeak.simulator.batches.StoredFile;
import dev.offpeak.simulator.batches.Tally;
import dev.offpeak.simulator.json.Json;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A batch in OpenAI's words; what is unset is there and null.
final class BatchJson {
    private BatchJson() {}

    static ObjectNode of(BatchView batch, Instant now) {
        JsonNode details = batch.details();
        ObjectNode json = Json.object()
                .put("id", batch.id())
                .put("object", "batch")
                .put("endpoint", details.path(OpenAiLines.ENDPOINT).asString())
                .put("model", batch.model());
        if (batch.errors() == null) {
            json.putNull("errors");
        } else {
            json.putObject("errors").put("object", "list").set("data", batch.errors());
        }
        json.set("input_file_id", details.path("input_file_id"));
        json.set("completion_window", details.path("completion_window"));
        json.put("status", status(batch));
        json.put("output_file_id", output(batch, now));
        json.put("error_file_id", error(batch));
        json.put("created_at", batch.createdAt().getEpochSecond());
        at(json, "in_progress_at", batch, Phase.IN_PROGRESS);
        json.put("expires_at", batch.expiresAt().getEpochSecond());
        at(json, "finalizing_at", batch, Phase.FINALIZING);
        at(json, "completed_at", batch, Phase.COMPLETED);
        at(json, "failed_at", batch, Phase.FAILED);
        at(json, "expired_at", batch, Phase.EXPIRED);
        at(json, "cancelling_at", batch, Phase.CANCELLING);
        at(json, "cancelled_at", batch, Phase.CANCELLED);
        counts(json, batch);
        usage(json, batch);
        json.set("metadata", details.path("metadata"));
        if (batch.conduct().flag("extra_fields")) {
            json.putObject("x_new_field").put("since", "yesterday");
        }
        return json;
    }

    private static String status(BatchView batch) {
        String unheard = batch.conduct().text("unheard_status");
        return unheard != null && batch.phase() == Phase.IN_PROGRESS
                ? unheard
                : batch.phase().wire();
    }

    private static @Nullable String output(BatchView batch, Instant now) {
        StoredFile output = batch.output();
        Instant ended = batch.endedAt();
        if (output == null || ended == null) {
            return null;
        }
        return now.isBefore(ended.plus(batch.conduct().span("output_file_delay_seconds"))) ? null : output.id();
    }

    private static @Nullable String error(BatchView batch) {
        StoredFile error = batch.error();
        if (error != null) {
            return error.id();
        }
        return batch.phase() == Phase.COMPLETED && batch.conduct().flag("error_file_blank") ? "" : null;
    }

    private static void at(ObjectNode json, String field, BatchView batch, Phase phase) {
        Instant at = batch.reached().get(phase);
        if (at == null) {
            json.putNull(field);
        } else {
            json.put(field, at.getEpochSecond());
        }
    }

    /// Lines that did not run count as failed once the batch is over.
    private static void counts(ObjectNode json, BatchView batch) {
        Tally tally = batch.tally();
        long unrun = batch.phase().terminal() ? tally.expired() + tally.cancelled() : 0;
        json.putObject("request_counts")
                .put("total", batch.lines())
                .put("completed", tally.succeeded())
                .put("failed", tally.errored() + unrun);
    }

    private static void usage(ObjectNode json, BatchView batch) {
        if (!batch.phase().terminal() || batch.lines() == 0) {
            json.putNull("usage");
            return;
        }
        Tally tally = batch.tally();
        ObjectNode usage = json.putObject("usage").put("input_tokens", tally.input());
        usage.putObject("input_tokens_details").put("cached_tokens", tally.cached());
        usage.put("output_tokens", tally.output());
        usage.putObject("output_tokens_details").put("reasoning_tokens", tally.thought());
        usage.put("total_tokens", tally.input() + tally.output());
    }
}
