package dev.offpeak.shared.providers;

/// How urgently a provider answers a call, and at which price.
public enum ServiceTier {
    /// At once, at the list price.
    DEFAULT,
    /// When the provider has capacity to spare, at the price of its batches; it may answer that it has none.
    FLEX,
    /// Said of an answer only: a tier that nobody asked for and that has no price here.
    OTHER
}
