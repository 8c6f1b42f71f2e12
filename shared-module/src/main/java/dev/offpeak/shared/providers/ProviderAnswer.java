package dev.offpeak.shared.providers;

/// How one exchange with a provider ended.
public sealed interface ProviderAnswer {

    /// The answer was seen whole.
    record Answered(Completion completion) implements ProviderAnswer {}

    record Failed(ProviderError error) implements ProviderAnswer {}
}
