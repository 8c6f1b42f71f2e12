package dev.offpeak.shared.jobs;

import org.jspecify.annotations.Nullable;

/// What came out of a job.
///
/// @param kind `text`, `json`, `report` or `file`
/// @param json the answer as JSON text where it is JSON
/// @param finishReason `stop`, or `length` where the answer was cut off
public record JobResult(
        String kind,
        @Nullable String text,
        @Nullable String json,
        @Nullable String finishReason) {

    public static JobResult text(String text, String finishReason) {
        return new JobResult("text", text, null, finishReason);
    }

    public static JobResult json(String text, String json) {
        return new JobResult("json", text, json, "stop");
    }
}
