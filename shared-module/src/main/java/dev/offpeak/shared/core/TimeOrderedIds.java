package dev.offpeak.shared.core;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

/// UUIDs of version 7 from a clock and a secure source of randomness.
public final class TimeOrderedIds implements IdGenerator {

    private final InstantSource clock;
    private final SecureRandom random = new SecureRandom();

    public TimeOrderedIds(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public UUID next() {
        long high = (clock.millis() << 16) | 0x7000L | (random.nextInt() & 0xfffL);
        long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
        return new UUID(high, low);
    }

    /// The moment that an id of ours carries. Partitions are chosen by it, decisions never are.
    public static Instant timeOf(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /// An id before all that were made at that moment or later: where to begin to read.
    public static UUID firstOf(Instant time) {
        return new UUID(time.toEpochMilli() << 16, 0);
    }
}
