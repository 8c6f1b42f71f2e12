package dev.offpeak.shared.core;

import java.security.SecureRandom;
import java.util.UUID;

/// Ids for many rows that are made at once: they sort by a number, at the moment that one id carries. Rows that are
/// written in that order stand side by side in their indexes.
public final class NumberedIds {

    /// Numbers go from 0 to this.
    public static final int MOST = (1 << 20) - 1;

    private final long moment;
    private final SecureRandom random = new SecureRandom();

    /// @param moment an id of version 7, of which the millisecond is taken
    public NumberedIds(UUID moment) {
        this.moment = moment.getMostSignificantBits() & 0xffff_ffff_ffff_0000L;
    }

    /// @return a UUID of version 7: the millisecond, 20 bits of the number, 54 random ones
    public UUID of(int number) {
        if (number < 0 || number > MOST) {
            throw new IllegalArgumentException("not a number of 20 bits: " + number);
        }
        long high = moment | 0x7000L | (number >>> 8);
        long low =
                0x8000_0000_0000_0000L | ((long) (number & 0xff) << 54) | (random.nextLong() & 0x003f_ffff_ffff_ffffL);
        return new UUID(high, low);
    }
}
