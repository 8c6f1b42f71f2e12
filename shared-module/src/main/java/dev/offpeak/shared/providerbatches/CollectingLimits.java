package dev.offpeak.shared.providerbatches;

import java.time.Duration;

/// When a provider batch is full.
@FunctionalInterface
public interface CollectingLimits {

    Most of(Group group);

    /// @param lines at most
    /// @param bytes about, for lines are only estimated while they collect
    /// @param tokens about, estimated from above
    /// @param age how long it collects
    record Most(int lines, long bytes, long tokens, Duration age) {

        public Most {
            if (lines < 1 || bytes < 1 || tokens < 1) {
                throw new IllegalArgumentException("a provider batch needs room for a line");
            }
        }
    }
}
