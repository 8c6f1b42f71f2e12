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

    /// 429: our quota, or no room for a call of the flex tier. Nothing ran.
    ///
    /// @param retryAfter what the provider asked for, where it did
    /// @param vendorCode the provider's own code or type, else `http_429`; [#NO_FLEX_CAPACITY] in one
    ///     spelling
    record RateLimited(Optional<Duration> retryAfter, String vendorCode, String detail) implements ProviderError {

        /// The provider has nothing to spare for the flex tier; the standard tier may answer at once.
        public static final String NO_FLEX_CAPACITY = "resource_unavailable";

        public RateLimited(Optional<Duration> retryAfter, String detail) {
            this(retryAfter, "http_429", detail);
        }

        /// Whether it says nothing of our quota, so that nobody has to slow down.
        public boolean noFlexCapacity() {
            return vendorCode.equals(NO_FLEX_CAPACITY);
        }

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
    /// @param vendorCode the provider's own code or type, else `http_400` and the like; [#TOO_LARGE] and
    ///     [RemoteBatch#ENQUEUED_LIMIT_REACHED] in one spelling
    record Rejected(String vendorCode, String detail) implements ProviderError {

        /// The input of a batch has more bytes than the provider takes: a part of it may pass.
        public static final String TOO_LARGE = "request_too_large";

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
