package dev.offpeak.shared.providers;

/// How a request to a batch API ended.
public sealed interface BatchExchange<T> {

    record Done<T>(T value) implements BatchExchange<T> {}

    /// @param error whether the request may have been carried out is `error.mayHaveRun()`; a 5xx after a create may be
    ///     one that made the batch
    record Failed<T>(ProviderError error) implements BatchExchange<T> {}
}
