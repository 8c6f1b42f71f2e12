package dev.offpeak.shared.core;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/// UUIDs of version 5 (RFC 9562): equal names give equal ids, so that a second enqueue of the same work is seen as
/// such.
public final class NameBasedId {

    /// Our own namespace, drawn once.
    private static final UUID NAMESPACE = UUID.fromString("6f66665f-7065-516b-8000-6f6666706561");

    private NameBasedId() {}

    public static UUID of(String name) {
        byte[] hash = sha1().digest(ByteBuffer.allocate(16 + name.getBytes(UTF_8).length)
                .putLong(NAMESPACE.getMostSignificantBits())
                .putLong(NAMESPACE.getLeastSignificantBits())
                .put(name.getBytes(UTF_8))
                .array());
        ByteBuffer bits = ByteBuffer.wrap(hash);
        long high = (bits.getLong() & 0xffff_ffff_ffff_0fffL) | 0x5000L;
        long low = (bits.getLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    private static MessageDigest sha1() {
        try {
            return MessageDigest.getInstance("SHA-1");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-1", impossible);
        }
    }
}
