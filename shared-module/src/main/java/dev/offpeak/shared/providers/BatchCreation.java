package dev.offpeak.shared.providers;

import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch that is about to be created.
///
/// @param fileId the uploaded input, where the provider takes files; else the input itself is sent
/// @param tag travels as metadata where the provider keeps such: at most 16 pairs
/// @param within how long the create may be under way; afterwards nothing of it may arrive any more
public record BatchCreation(
        BatchInput input, @Nullable String fileId, String endpoint, Map<String, String> tag, Duration within) {

    private static final Duration WITHIN = Duration.ofMinutes(5);

    public BatchCreation(BatchInput input, @Nullable String fileId, String endpoint, Map<String, String> tag) {
        this(input, fileId, endpoint, tag, WITHIN);
    }

    public BatchCreation {
        tag = Map.copyOf(tag);
    }
}
