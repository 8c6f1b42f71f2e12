package dev.offpeak.simulator.models;

/// What one call consumed, in tokens. `input` is the whole prompt, for either provider; the cached and the
/// written tokens are parts of it.
public record Usage(long input, long cachedInput, long cacheWrite5m, long cacheWrite1h, long output) {

    public Usage {
        if (input < 0 || cachedInput < 0 || cacheWrite5m < 0 || cacheWrite1h < 0 || output < 0) {
            throw new IllegalArgumentException("a token count is negative");
        }
        if (cachedInput + cacheWrite5m + cacheWrite1h > input) {
            throw new IllegalArgumentException("the parts exceed the prompt");
        }
    }

    /// Prompt tokens that were neither read from the prompt cache nor written to it.
    public long plainInput() {
        return input - cachedInput - cacheWrite5m - cacheWrite1h;
    }
}
