package dev.offpeak.shared.providers;

import org.jspecify.annotations.Nullable;

/// What a provider says of one line of an ended batch. Anything may come twice, or for a custom id that we never sent.
public sealed interface LineResult {

    /// Null where the line could not even be read so far.
    @Nullable String customId();

    /// Ran and is billed, whatever the answer is worth.
    record Answered(String customId, Completion completion) implements LineResult {}

    /// Ran, or was tried, and failed; not billed.
    ///
    /// @param retryable whether the same line may fare better later
    /// @param vendorCode the provider's own code or type, else `http_400` and the like
    record Failed(String customId, boolean retryable, String vendorCode, String detail) implements LineResult {

        /// The account has no credit: no line of it will fare better until an operator acts.
        public static final String NO_CREDIT = "credit_balance_too_low";

        public boolean accountOutOfCredit() {
            return switch (vendorCode) {
                case NO_CREDIT, "billing_error", "insufficient_quota", "billing_hard_limit_reached" -> true;
                default -> false;
            };
        }
    }

    /// Did not run; not billed.
    record NotRun(String customId, Why why, String vendorCode) implements LineResult {

        /// What kept it from running.
        public enum Why {
            EXPIRED,
            CANCELLED,
            OTHER
        }
    }

    /// Cannot be read. Where its id could be, it may be billed.
    record Unreadable(@Nullable String customId, String detail) implements LineResult {}
}
