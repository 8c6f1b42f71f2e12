package dev.offpeak.shared.workflows;

import java.math.BigDecimal;

/// How much of the context that a caller offers goes into the prompt.
///
/// @param maxChunks at most so many chunks, the most relevant ones
/// @param minRelevance chunks below this cosine are left out
public record ContextPolicy(int maxChunks, BigDecimal minRelevance) {

    public static final ContextPolicy DEFAULT = new ContextPolicy(5, new BigDecimal("0.2"));

    public ContextPolicy {
        minRelevance = minRelevance.stripTrailingZeros();
    }
}
