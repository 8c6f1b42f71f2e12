package dev.offpeak.shared.providers;

import dev.offpeak.shared.core.ErrorCode;
import java.time.Duration;
import java.util.Optional;

/// Why an exchange with a provider brought no answer. Each vendor's exceptions become one of these in one place.
public sealed interface ProviderError {

    /// Whether the provider may have run, and will then bill, the request although we saw no answer.
    default boolean mayHaveRun() {
        return false;
    }

    ErrorCode code();

    /// For people; free of prompts, answers and keys.
    String detail();

    /// 429: our quota. Nothing ran.
    ///
    /// @param retryAfter what the provider asked for, where it did
    record RateLimited(Optional<Duration> retryAfter, String detail) implements ProviderError {
        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_RATE_LIMITED;
        }
    }

    /// 529, and 503 with a Retry-After: too much for the provider as a whole. Nothing ran.
    record Overloaded(Optional<Duration> retryAfter, String detail) implements ProviderError {
        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_OVERLOADED;
        }
    }

    /// 5xx, or no connection could be made. Nothing ran.
    record Unavailable(String detail) implements ProviderError {
        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_UNAVAILABLE;
        }
    }

    /// The request was sent and the connection broke, or no whole answer came in time.
    record TimedOut(String detail) implements ProviderError {
        @Override
        public boolean mayHaveRun() {
            return true;
        }

        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_TIMEOUT;
        }
    }

    /// A success whose body could not be read.
    record Malformed(String detail) implements ProviderError {
        @Override
        public boolean mayHaveRun() {
            return true;
        }

        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_MALFORMED_ANSWER;
        }
    }

    /// Any other 4xx: the same request will be refused again.
    ///
    /// @param vendorCode the provider's own code or type, else `http_400` and the like
    record Rejected(String vendorCode, String detail) implements ProviderError {
        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_REJECTED;
        }
    }

    /// 401 or 403: an operator has to act.
    record Unauthenticated(String detail) implements ProviderError {
        @Override
        public ErrorCode code() {
            return ErrorCode.PROVIDER_UNAUTHENTICATED;
        }
    }
}
