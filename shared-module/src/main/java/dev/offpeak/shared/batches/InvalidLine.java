package dev.offpeak.shared.batches;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/// A line of an upload that could not become a job.
///
/// @param line its number in the body, from 1
/// @param customId null where it has none that can be read
public record InvalidLine(
        int line, @JsonProperty("custom_id") @Nullable String customId, String code, String message) {}
