package dev.offpeak.simulator.state;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 of a prompt's UTF-8 bytes, in 32 bytes of heap.
public record PromptHash(long a, long b, long c, long d) {

    public static PromptHash of(String prompt) {
        try {
            return of(ByteBuffer.wrap(
                    MessageDigest.getInstance("SHA-256").digest(prompt.getBytes(StandardCharsets.UTF_8))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static PromptHash ofHex(String hex) {
        return of(ByteBuffer.wrap(HexFormat.of().parseHex(hex)));
    }

    public String hex() {
        var hex = HexFormat.of();
        return hex.toHexDigits(a) + hex.toHexDigits(b) + hex.toHexDigits(c) + hex.toHexDigits(d);
    }

    private static PromptHash of(ByteBuffer bytes) {
        return new PromptHash(bytes.getLong(), bytes.getLong(), bytes.getLong(), bytes.getLong());
    }
}
