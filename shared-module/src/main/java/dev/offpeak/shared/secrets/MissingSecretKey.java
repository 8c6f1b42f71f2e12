package dev.offpeak.shared.secrets;

/// The process has no usable main key and so must not start.
final class MissingSecretKey extends RuntimeException {

    MissingSecretKey() {
        super("OFFPEAK_SECRET_KEY must be set to a secret of " + SecretBox.MIN_KEY_LENGTH
                + " characters or more, the same one for the API and all workers.");
    }
}
