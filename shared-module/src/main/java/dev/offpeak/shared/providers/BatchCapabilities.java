package dev.offpeak.shared.providers;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/// What a provider's batch API can do and how much of it, as data: window, limits, and what it offers.
///
/// @param window in which a batch is done or expires; the wire form of it is the adapter's affair
/// @param mostLines of one batch
/// @param mostBytes of one input, a little below the provider's own limit
/// @param oneModel whether all lines of a batch must name one model
/// @param quotaUnit what the limit on enqueued work counts
/// @param creationsPerHour how many batches may be created
/// @param inputFiles whether an input is uploaded first and named by the create
/// @param tags whether a batch carries metadata of ours, by which it is found again
/// @param progress whether counts move while it runs
/// @param validates whether it may be refused as a whole after its creation
/// @param webhooks whether it tells of ends by itself
/// @param primes whether a batch of one line that writes a prompt prefix lets later batches read it at a discount
/// @param cachesInBatches models whose prompt cache works in batches at all
/// @param shortestPrefix tokens below which a prefix is not cached, by model
public record BatchCapabilities(
        Duration window,
        int mostLines,
        long mostBytes,
        boolean oneModel,
        QuotaUnit quotaUnit,
        int creationsPerHour,
        boolean inputFiles,
        boolean tags,
        boolean progress,
        boolean validates,
        boolean webhooks,
        boolean primes,
        Predicate<String> cachesInBatches,
        ToIntFunction<String> shortestPrefix) {

    /// What is counted against the limit on enqueued work.
    public enum QuotaUnit {
        /// Prompt tokens, by model.
        TOKENS_OF_MODEL,
        /// Requests, of all models together.
        REQUESTS
    }
}
