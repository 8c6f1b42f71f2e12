package dev.offpeak.shared.tenants;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.zip.CRC32;

/// An API key as a client holds it: `offpeak_`, 32 random base62 characters (190 bits) and a checksum of six.
/// The checksum lets us refuse a mistyped key without asking the database, and lets scanners find a leaked one.
/// A bootstrap key is exempt from the format.
public final class KeySecret {

    private static final String PREFIX = "offpeak_";
    private static final int RANDOM_CHARACTERS = 32;
    private static final int CHECKSUM_CHARACTERS = 6;
    private static final int LENGTH = PREFIX.length() + RANDOM_CHARACTERS + CHECKSUM_CHARACTERS;
    private static final int RECOGNISABLE = PREFIX.length() + 4;
    private static final String BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private final String text;

    private KeySecret(String text) {
        this.text = text;
    }

    public static KeySecret of(String text) {
        return new KeySecret(text);
    }

    static KeySecret random(SecureRandom random) {
        var key = new StringBuilder(PREFIX);
        for (int i = 0; i < RANDOM_CHARACTERS; i++) {
            key.append(BASE62.charAt(random.nextInt(BASE62.length())));
        }
        return new KeySecret(key.append(checksum(key.toString())).toString());
    }

    /// Whether it looks like one of ours but cannot be one.
    public boolean mistyped() {
        if (!text.startsWith(PREFIX) || text.length() != LENGTH) {
            return false;
        }
        int end = LENGTH - CHECKSUM_CHARACTERS;
        return !checksum(text.substring(0, end)).equals(text.substring(end));
    }

    public byte[] sha256() {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    String prefix() {
        return text.substring(0, text.startsWith(PREFIX) ? RECOGNISABLE : 4);
    }

    String last4() {
        return text.substring(text.length() - 4);
    }

    /// The key itself, to be shown once.
    public String reveal() {
        return text;
    }

    @Override
    public String toString() {
        return "hidden";
    }

    private static String checksum(String text) {
        var crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        long rest = crc.getValue();
        var digits = new char[CHECKSUM_CHARACTERS];
        for (int i = CHECKSUM_CHARACTERS - 1; i >= 0; i--) {
            digits[i] = BASE62.charAt((int) (rest % BASE62.length()));
            rest /= BASE62.length();
        }
        return new String(digits);
    }
}
