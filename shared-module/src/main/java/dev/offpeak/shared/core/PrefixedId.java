package dev.offpeak.shared.core;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// How ids look outside: a prefix that names the kind, an underscore and 26 characters of Crockford's base 32.
/// Text order is the order of the 128 bits, so ids of one kind sort by the time they were made.
public final class PrefixedId {

    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 26;

    private PrefixedId() {}

    public static String format(String prefix, UUID id) {
        var text = new char[LENGTH];
        long high = id.getMostSignificantBits();
        long low = id.getLeastSignificantBits();
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET.charAt((int) (low & 31));
            low = (low >>> 5) | (high << 59);
            high >>>= 5;
        }
        return prefix + "_" + new String(text);
    }

    /// @return empty where the text is no id with this prefix
    public static Optional<UUID> parse(String prefix, String text) {
        if (text.length() != prefix.length() + 1 + LENGTH || !text.startsWith(prefix + "_")) {
            return Optional.empty();
        }
        String digits = text.substring(prefix.length() + 1).toLowerCase(Locale.ROOT);
        if (ALPHABET.indexOf(digits.charAt(0)) > 7) {
            return Optional.empty(); // more than 128 bits
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < LENGTH; i++) {
            int digit = ALPHABET.indexOf(digits.charAt(i));
            if (digit < 0) {
                return Optional.empty();
            }
            high = (high << 5) | (low >>> 59);
            low = (low << 5) | digit;
        }
        return Optional.of(new UUID(high, low));
    }
}
