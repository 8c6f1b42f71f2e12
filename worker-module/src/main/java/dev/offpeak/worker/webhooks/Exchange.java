package dev.offpeak.worker.webhooks;

import org.jspecify.annotations.Nullable;

/// How one request to a receiver ended.
sealed interface Exchange {

    TryOutcome outcome();

    /// @param body its first bytes, as much as we keep
    /// @param retryAfter the header as it came
    record Answered(int status, byte[] body, @Nullable String retryAfter) implements Exchange {
        @Override
        public TryOutcome outcome() {
            return TryOutcome.ofStatus(status);
        }
    }

    /// No answer to speak of.
    record Broken(TryOutcome outcome) implements Exchange {}
}
