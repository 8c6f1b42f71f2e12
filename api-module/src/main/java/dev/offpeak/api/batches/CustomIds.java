package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Which custom ids an upload has had so far. It keeps 128 bits of a hash of each, not the ids: a million take 34 MB,
/// and while the table grows 50.
final class CustomIds {

    private final MessageDigest sha256;
    private long[] table = new long[2 * 1024]; // pairs; two zeros are an empty place
    private int taken;

    CustomIds() {
        try {
            sha256 = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// @return whether it is new
    boolean add(String customId) {
        var hash = ByteBuffer.wrap(sha256.digest(customId.getBytes(UTF_8)));
        long high = hash.getLong();
        long low = hash.getLong() | 1; // never two zeros
        if (!put(table, high, low)) {
            return false;
        }
        taken++;
        if (taken * 8L > table.length * 3L) { // three quarters of the pairs
            grow();
        }
        return true;
    }

    private void grow() {
        var larger = new long[table.length * 2];
        for (int i = 0; i < table.length; i += 2) {
            if (table[i + 1] != 0) {
                put(larger, table[i], table[i + 1]);
            }
        }
        table = larger;
    }

    private static boolean put(long[] table, long high, long low) {
        int mask = table.length / 2 - 1;
        int place = (int) high & mask;
        while (table[2 * place + 1] != 0) {
            if (table[2 * place] == high && table[2 * place + 1] == low) {
                return false;
            }
            place = (place + 1) & mask;
        }
        table[2 * place] = high;
        table[2 * place + 1] = low;
        return true;
    }
}
