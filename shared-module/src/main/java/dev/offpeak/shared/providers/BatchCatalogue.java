package dev.offpeak.shared.providers;

import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What the batch API of each protocol can do, in one place for all who must know: the adapters that speak
/// it, who chooses a lane, and who only estimates one.
public final class BatchCatalogue {

    private static final Duration A_DAY = Duration.ofHours(24);
    private static final int MEGABYTE = 1_000_000;

    /// Documented is 1,000 requests a minute, whatever they ask for.
    private static final int REQUESTS_PER_HOUR = 60_000;

    /// OpenAI: "pre-GPT-5 models are not supported".
    private static final Pattern CACHED_IN_OPENAI_BATCHES = Pattern.compile("gpt-[5-9]([.-].*)?");

    private static final int OPENAI_PREFIX = 1_024;

    private static final BatchCapabilities OPENAI = new BatchCapabilities(
            A_DAY,
            50_000,
            190L * MEGABYTE,
            true,
            QuotaUnit.TOKENS_OF_MODEL,
            2_000,
            true,
            true,
            true,
            true,
            true,
            false,
            model -> CACHED_IN_OPENAI_BATCHES.matcher(model).matches(),
            _ -> OPENAI_PREFIX);

    private static final BatchCapabilities ANTHROPIC = new BatchCapabilities(
            A_DAY,
            100_000,
            240L * MEGABYTE,
            false,
            QuotaUnit.REQUESTS,
            REQUESTS_PER_HOUR,
            false,
            false,
            false,
            false,
            false,
            true,
            _ -> true,
            BatchCatalogue::shortestClaudePrefix);

    /// Tokens below which Claude models cache nothing, silently. The first that matches holds.
    private record Shortest(Pattern models, int tokens) {

        static Shortest of(String models, int tokens) {
            return new Shortest(Pattern.compile(models), tokens);
        }
    }

    private static final List<Shortest> CLAUDE_PREFIXES = List.of(
            Shortest.of("claude-(fable|mythos)-5.*", 512),
            Shortest.of("claude-opus-5(\\.5|-5)?(-20\\d{6})?", 512),
            Shortest.of("claude-sonnet-5(\\.5|-5)(-20\\d{6})?", 512),
            Shortest.of("claude-opus-4-[56](-20\\d{6})?", 4_096),
            Shortest.of("claude-haiku-4-5(-20\\d{6})?", 4_096),
            Shortest.of("claude-opus-4-7(-20\\d{6})?", 2_048),
            Shortest.of("claude-3(-5)?-haiku.*", 2_048),
            Shortest.of(".*", 1_024));

    private BatchCatalogue() {}

    /// @param protocol `openai` or `anthropic`
    /// @return empty where the protocol has no batches
    public static Optional<BatchCapabilities> of(String protocol) {
        return switch (protocol) {
            case ProviderSettings.OPENAI -> Optional.of(OPENAI);
            case ProviderSettings.ANTHROPIC -> Optional.of(ANTHROPIC);
            default -> Optional.empty();
        };
    }

    /// Where the lines of generation jobs go.
    ///
    /// @throws IllegalArgumentException where the protocol has no batches
    public static String endpoint(String protocol) {
        return switch (protocol) {
            case ProviderSettings.OPENAI -> "/v1/chat/completions";
            case ProviderSettings.ANTHROPIC -> "/v1/messages";
            default -> throw new IllegalArgumentException("no batches at " + protocol);
        };
    }

    private static int shortestClaudePrefix(String model) {
        return CLAUDE_PREFIXES.stream()
                .filter(family -> family.models().matcher(model).matches())
                .findFirst()
                .orElseThrow()
                .tokens();
    }
}
