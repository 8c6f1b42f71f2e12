package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;

/// One line of a receipt. `list` comes first, what was saved is negative, all together are what is billed.
///
/// @param kind `list`, `prompt_cache`, `batch_discount`, …
public record CostLine(String kind, Usd usd) {

    public static final String LIST = "list";
}
