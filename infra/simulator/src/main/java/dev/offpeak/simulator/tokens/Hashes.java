package dev.offpeak.simulator.tokens;

/// Fast 64-bit hashes for seeds and cache keys; nothing here is a secret.
public final class Hashes {
    private Hashes() {}

    public static long of(String text) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < text.length(); i++) {
            hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
        }
        return avalanche(hash);
    }

    public static long mix(long hash, long next) {
        return avalanche(hash * 31 + next + 0x9e3779b97f4a7c15L);
    }

    /// A fraction in [0, 1) from a hash.
    public static double fraction(long hash) {
        return (hash >>> 11) * 0x1.0p-53;
    }

    private static long avalanche(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
