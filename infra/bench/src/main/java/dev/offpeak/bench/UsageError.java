package dev.offpeak.bench;

/// The command line cannot be carried out; the message says why.
final class UsageError extends RuntimeException {
    UsageError(String message) {
        super(message);
    }
}
