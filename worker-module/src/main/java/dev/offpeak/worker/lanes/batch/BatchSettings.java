package dev.offpeak.worker.lanes.batch;

import jakarta.validation.constraints.Min;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// The batch lane.
///
/// @param firstPoll the pause before a provider is first asked how a batch stands; later ones are a tenth
///     of its age
/// @param longestPoll the longest such pause
/// @param settleFor how long a provider may take to show a batch or a file that it has made
/// @param createWithin how long a create that nobody saw the end of may still be under way
/// @param clockSkew how far a provider's clock and the database's may differ
/// @param missingFor how long a provider may not know a batch before it counts as vanished
/// @param overdueAfter how long after its window a batch may go on before it is cancelled
/// @param primers whether a batch whose lines share a long prompt prefix may be preceded by a batch of one
///     line that writes the prefix into the provider's prompt cache, where prices and counts repay it
/// @param primeWithin how long a batch waits for that one at most
/// @param backoffBase the pause after a step that a provider did not take; it doubles with each one
/// @param longestPause the longest such pause, and the most that a provider's Retry-After is believed
/// @param tempDir where inputs lie until they are sent; where left out, a folder `offpeak-batches` among the
///     system's temporary files
/// @param enqueuedTokens by model: prompt tokens that an account may have enqueued in batches, where its
///     provider counts tokens. Known models of OpenAI have the limits of its lowest tier; `default` is
///     for all others
/// @param enqueuedRequests requests that an account may have enqueued in batches, where its provider
///     counts those
/// @param anthropicAccountIsOursAlone whether no other software makes batches with the Anthropic account.
///     Such batches carry no tag: after a create without an answer, an unknown one of the same size and
///     time is taken for ours, and a second one is cancelled. After one that was given up, every unknown
///     batch with as many lines is cancelled for a day. Where others make batches with that account, turn
///     it off: then nothing is cancelled that is not proven ours, at the risk of paying for it twice
@Validated
@ConfigurationProperties("offpeak.lanes.batch")
record BatchSettings(
        @DefaultValue("2s") Duration firstPoll,
        @DefaultValue("2m") Duration longestPoll,
        @DefaultValue("30s") Duration settleFor,
        @DefaultValue("5m") Duration createWithin,
        @DefaultValue("1m") Duration clockSkew,
        @DefaultValue("10m") Duration missingFor,
        @DefaultValue("15m") Duration overdueAfter,
        @DefaultValue("true") boolean primers,
        @DefaultValue("10m") Duration primeWithin,
        @DefaultValue("2s") Duration backoffBase,
        @DefaultValue("10m") Duration longestPause,
        @Nullable Path tempDir,
        @DefaultValue Map<String, Long> enqueuedTokens,
        @DefaultValue("100000") @Min(1) long enqueuedRequests,
        @DefaultValue("true") boolean anthropicAccountIsOursAlone) {

    private static final String OTHERS = "default";

    /// Tier 1, as of 2026: an account's own limits are to be set; a refusal teaches a lower one.
    private static final Map<String, Long> LOWEST_TIER = Map.ofEntries(
            Map.entry("gpt-4o", 90_000L),
            Map.entry("o3", 90_000L),
            Map.entry("gpt-4.1", 900_000L),
            Map.entry("gpt-5.1", 900_000L),
            Map.entry("gpt-5.2", 900_000L),
            Map.entry("gpt-5", 1_500_000L),
            Map.entry("gpt-4o-mini", 2_000_000L),
            Map.entry("gpt-4.1-mini", 2_000_000L),
            Map.entry("gpt-4.1-nano", 2_000_000L),
            Map.entry("gpt-5-nano", 2_000_000L),
            Map.entry("o4-mini", 2_000_000L),
            Map.entry("gpt-3.5-turbo", 2_000_000L),
            Map.entry("text-embedding-3-small", 3_000_000L),
            Map.entry("text-embedding-3-large", 3_000_000L),
            Map.entry("text-embedding-ada-002", 3_000_000L),
            Map.entry("gpt-5-mini", 5_000_000L),
            Map.entry("gpt-6-astra", 3_000_000L),
            Map.entry(OTHERS, 250_000L));

    BatchSettings {
        enqueuedTokens = Map.copyOf(enqueuedTokens);
        if (enqueuedTokens.values().stream().anyMatch(limit -> limit < 1)) {
            throw new IllegalArgumentException("offpeak.lanes.batch.enqueued-tokens: a limit is at least 1");
        }
        if (!firstPoll.isPositive() || longestPoll.compareTo(firstPoll) < 0) {
            throw new IllegalArgumentException(
                    "offpeak.lanes.batch: first-poll is positive and not above longest-poll");
        }
    }

    /// @param simulated the simulator has no limit of its own: what it refuses is learned
    OptionalLong enqueuedTokens(String model, boolean simulated) {
        Long own = enqueuedTokens.get(model);
        if (own != null) {
            return OptionalLong.of(own);
        }
        if (simulated) {
            return OptionalLong.empty();
        }
        Long others = enqueuedTokens.get(OTHERS);
        Long known = LOWEST_TIER.get(model);
        if (known == null) {
            known = others == null ? LOWEST_TIER.get(OTHERS) : others;
        }
        return known == null ? OptionalLong.empty() : OptionalLong.of(known);
    }
}
