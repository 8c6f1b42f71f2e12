package dev.offpeak.shared.providers;

import org.jspecify.annotations.Nullable;

/// What a provider answered and what it counted, billed whether or not the answer is of use.
///
/// @param text may be empty
/// @param model the model as the provider names it in its answer, often a dated snapshot
/// @param requestId the provider's id of the exchange, for its support
/// @param servedAs the tier that the provider says it used, which is what it bills, whatever was asked for
public record Completion(
        String text,
        FinishReason finishReason,
        Usage usage,
        String model,
        @Nullable String requestId,
        ServiceTier servedAs) {

    /// An answer at the standard tier.
    public Completion(String text, FinishReason finishReason, Usage usage, String model, @Nullable String requestId) {
        this(text, finishReason, usage, model, requestId, ServiceTier.DEFAULT);
    }

    /// Why the model stopped.
    public enum FinishReason {
        STOP,
        /// Cut off at the output limit.
        LENGTH,
        /// The model, or the provider's filter, declined.
        REFUSAL,
        TOOL_CALL,
        /// Anything that the provider may add; never taken for success.
        OTHER
    }
}
