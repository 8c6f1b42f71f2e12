package dev.offpeak.shared.jobs;

import dev.offpeak.shared.core.Usd;
import org.jspecify.annotations.Nullable;

/// What a line of a bulk may take at most.
///
/// @param inputTokens estimated from above
/// @param outputTokens its limit
/// @param bytes about how long its line will be
/// @param usd by the way that it was taken in for: a provider batch wherever one may be in time; null: the
///     model has no price
/// @param callUsd where it is called instead; null: the model has no price
public record LineEstimate(
        long inputTokens,
        long outputTokens,
        long bytes,
        @Nullable Usd usd,
        @Nullable Usd callUsd) {}
