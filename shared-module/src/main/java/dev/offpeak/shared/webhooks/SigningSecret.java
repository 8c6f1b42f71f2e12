package dev.offpeak.shared.webhooks;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/// A symmetric key of Standard Webhooks: 24 to 64 random bytes, written `whsec_` and base64.
public final class SigningSecret {

    private static final String PREFIX = "whsec_";
    private static final int MIN_BYTES = 24;
    private static final int MAX_BYTES = 64;
    private static final int NEW_BYTES = 32;

    private final byte[] key;

    private SigningSecret(byte[] key) {
        this.key = key;
    }

    /// @return empty where the text is no such secret
    public static Optional<SigningSecret> parse(String text) {
        if (!text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            var key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
            return key.length < MIN_BYTES || key.length > MAX_BYTES
                    ? Optional.empty()
                    : Optional.of(new SigningSecret(key));
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    public static SigningSecret create(SecureRandom random) {
        var key = new byte[NEW_BYTES];
        random.nextBytes(key);
        return new SigningSecret(key);
    }

    /// The secret itself, to be shown to its owner once and stored sealed.
    public String text() {
        return PREFIX + Base64.getEncoder().encodeToString(key);
    }

    byte[] key() {
        return key.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SigningSecret that && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(key);
    }

    /// Hides the secret, so that no log can hold it.
    @Override
    public String toString() {
        return PREFIX + "…";
    }
}
