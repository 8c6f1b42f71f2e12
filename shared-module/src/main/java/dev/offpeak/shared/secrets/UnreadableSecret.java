package dev.offpeak.shared.secrets;

import org.jspecify.annotations.Nullable;

/// A stored secret does not open with the key and context at hand. An operator has to act: nothing is lost yet.
public final class UnreadableSecret extends RuntimeException {

    UnreadableSecret(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
