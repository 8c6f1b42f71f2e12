package dev.offpeak.shared.providers;

/// A provider that answers one request at a time.
public interface Provider {

    /// The protocol it speaks, and the name under which workflows mean it: `openai` or `anthropic`.
    String name();

    /// Makes exactly one request; never retries.
    ///
    /// @throws InterruptedException where the thread was interrupted; the request may have run
    ProviderAnswer complete(CompletionRequest request) throws InterruptedException;
}
