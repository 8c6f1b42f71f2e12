package dev.offpeak.shared.providers;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A batch as its provider shows it.
///
/// @param rawStatus in the provider's words
/// @param lines 0 where the provider has not counted yet
/// @param failed lines that ended without an answer, as far as the provider says while it runs
/// @param outputFileId null or where to read results; blank ones are null here
/// @param usage what the provider says the whole batch used; null where it does not say
/// @param errorCode of a batch that was refused as a whole; its provider's own code
/// @param errorLine the line of the input that the refusal names, from 1; null where it names none
/// @param tag what we had given to the create, where the provider keeps it
public record RemoteBatch(
        String id,
        Status status,
        String rawStatus,
        int lines,
        int completed,
        int failed,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant endedAt,
        @Nullable String inputFileId,
        @Nullable String outputFileId,
        @Nullable String errorFileId,
        @Nullable Usage usage,
        @Nullable String errorCode,
        @Nullable String errorMessage,
        @Nullable Integer errorLine,
        Map<String, String> tag) {

    /// The code of a refusal, of a batch or of its creation, because too much is enqueued already: not for
    /// good.
    public static final String ENQUEUED_LIMIT_REACHED = "token_limit_exceeded";

    public RemoteBatch {
        tag = Map.copyOf(tag);
    }

    /// All providers' states in one set of words. What a provider adds is taken for running until its window is over.
    public enum Status {
        RUNNING,
        CANCELLING,
        COMPLETED,
        /// Refused as a whole: nothing ran.
        FAILED,
        EXPIRED,
        CANCELLED;

        public boolean ended() {
            return switch (this) {
                case RUNNING, CANCELLING -> false;
                case COMPLETED, FAILED, EXPIRED, CANCELLED -> true;
            };
        }
    }
}
