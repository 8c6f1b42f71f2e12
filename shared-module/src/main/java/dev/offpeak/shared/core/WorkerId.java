package dev.offpeak.shared.core;

import java.util.Optional;
import java.util.UUID;

/// The id of one run of a worker process, `wrk_…` outside; a restarted worker is another one.
public record WorkerId(UUID value) {

    private static final String PREFIX = "wrk";

    /// @return empty where the text is no such id
    public static Optional<WorkerId> parse(String text) {
        return PrefixedId.parse(PREFIX, text).map(WorkerId::new);
    }

    @Override
    public String toString() {
        return PrefixedId.format(PREFIX, value);
    }
}
