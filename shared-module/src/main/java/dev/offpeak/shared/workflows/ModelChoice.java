package dev.offpeak.shared.workflows;

/// A model at a provider.
public record ModelChoice(String provider, String model) {}
