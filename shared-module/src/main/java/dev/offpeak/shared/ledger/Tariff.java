package dev.offpeak.shared.ledger;

/// Which of a price's rates a request is billed at.
public enum Tariff {
    /// A call now.
    STANDARD,
    /// A line of a provider batch.
    BATCH
}
