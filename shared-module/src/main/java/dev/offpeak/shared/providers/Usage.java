package dev.offpeak.shared.providers;

/// The tokens of one answer in one algebra for all providers: `inputTokens` is the whole prompt, the cached and the
/// cache-write tokens are parts of it. OpenAI counts that way itself; Anthropic reports the parts apart, so its adapter
/// adds them.
public record Usage(
        long inputTokens, long cachedInputTokens, long cacheWrite5mTokens, long cacheWrite1hTokens, long outputTokens) {

    public static final Usage NONE = new Usage(0, 0, 0, 0, 0);

    public Usage {
        if (inputTokens < 0
                || cachedInputTokens < 0
                || cacheWrite5mTokens < 0
                || cacheWrite1hTokens < 0
                || outputTokens < 0) {
            throw new IllegalArgumentException("negative token count");
        }
        if (cachedInputTokens + cacheWrite5mTokens + cacheWrite1hTokens > inputTokens) {
            throw new IllegalArgumentException("the parts of the prompt exceed the prompt");
        }
    }

    public static Usage of(long inputTokens, long outputTokens) {
        return new Usage(inputTokens, 0, 0, 0, outputTokens);
    }

    /// The tokens of the prompt that were neither read from nor written to a prompt cache.
    public long plainInputTokens() {
        return inputTokens - cachedInputTokens - cacheWrite5mTokens - cacheWrite1hTokens;
    }

    public Usage plus(Usage other) {
        return new Usage(
                inputTokens + other.inputTokens,
                cachedInputTokens + other.cachedInputTokens,
                cacheWrite5mTokens + other.cacheWrite5mTokens,
                cacheWrite1hTokens + other.cacheWrite1hTokens,
                outputTokens + other.outputTokens);
    }
}
