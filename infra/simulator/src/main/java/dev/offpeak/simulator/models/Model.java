package dev.offpeak.simulator.models;

/// One model. `contextTokens` bounds prompt and answer together, `maxOutputTokens` the answer alone. A
/// reasoning model takes no sampling parameters and no `max_tokens`. `cacheFrom` is the shortest prompt prefix,
/// in tokens, that the provider caches; 0 where it caches none. `cacheWrites` says that writing to that cache
/// is counted and billed.
public record Model(
        String name,
        Provider provider,
        boolean embeds,
        boolean reasons,
        long contextTokens,
        long maxOutputTokens,
        int dimensions,
        int cacheFrom,
        boolean cacheWrites) {}
