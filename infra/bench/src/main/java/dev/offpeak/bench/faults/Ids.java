package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// Ids as the API writes them: a prefix, an underscore, 26 characters of Crockford's base 32.
final class Ids {

    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int LENGTH = 26;

    /// Of the ids that Offpeak makes of names.
    private static final UUID NAMESPACE = UUID.fromString("6f66665f-7065-516b-8000-6f6666706561");

    private Ids() {}

    /// The UUID of version 5 (RFC 9562) by which the ledger keeps what has no row of its own elsewhere.
    static UUID named(String name) {
        byte[] text = name.getBytes(UTF_8);
        ByteBuffer hash = ByteBuffer.wrap(sha1().digest(ByteBuffer.allocate(16 + text.length)
                .putLong(NAMESPACE.getMostSignificantBits())
                .putLong(NAMESPACE.getLeastSignificantBits())
                .put(text)
                .array()));
        return new UUID(
                (hash.getLong() & 0xffff_ffff_ffff_0fffL) | 0x5000L,
                (hash.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    static String text(String prefix, UUID id) {
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
}
