package dev.offpeak.shared.ledger;

/// Which of a price's rates a request is billed at.
public enum Tariff {
    /// A call now.
    STANDARD,
    /// A call that was answered on the provider's flex tier: the price of a batch, with the cache's
    /// discount.
    FLEX,
    /// A line of a provider batch.
    BATCH
}
