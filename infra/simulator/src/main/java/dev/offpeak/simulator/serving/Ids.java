package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.tokens.Hashes;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.atomic.AtomicLong;

/// Ids that never repeat, across restarts either.
public final class Ids {
    private final long base = new SecureRandom().nextLong();
    private final AtomicLong counter = new AtomicLong();

    /// The prefix and 32 hexadecimal digits.
    public String next(String prefix) {
        long n = counter.incrementAndGet();
        var hex = HexFormat.of();
        return prefix + hex.toHexDigits(Hashes.mix(base, n)) + hex.toHexDigits(Hashes.mix(~base, n));
    }
}
