package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;

/// One line of a receipt. `list` comes first, what was saved is negative, all together are what is billed.
///
/// @param kind `list`, `prompt_cache`, `batch_discount`, `flex_discount`, …
public record CostLine(String kind, Usd usd) {

    /// All tokens at the standard rate, without any cache.
    public static final String LIST = "list";

    /// What a provider batch saves.
    public static final String BATCH_DISCOUNT = "batch_discount";

    /// What a call saves that was answered on the flex tier.
    public static final String FLEX_DISCOUNT = "flex_discount";

    /// What the provider's prompt cache saves; positive where writing to it cost more than reading saved.
    public static final String PROMPT_CACHE = "prompt_cache";

    /// What was paid to write a prompt prefix into the provider's cache before a batch reads it.
    /// All of it stands on the receipt of the first job of that batch.
    public static final String PROMPT_CACHE_PRIMER = "prompt_cache_primer";
}
