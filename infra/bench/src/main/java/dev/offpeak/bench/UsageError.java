package dev.offpeak.bench;

/// The command line cannot be carried out; the message says why.
public final class UsageError extends RuntimeException {
    public UsageError(String message) {
        super(message);
    }
}
