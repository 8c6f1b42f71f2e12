package dev.offpeak.simulator.models;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The models that exist here: those of the price book, also those whose price is not known.
public final class Models {
    private final Map<String, Model> openai = new TreeMap<>();
    private final Map<String, Model> anthropic = new TreeMap<>();

    public Models(Prices prices, Clock clock) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        for (String name : prices.names(Provider.OPENAI)) {
            openai.put(name, openai(name, prices, today));
        }
        for (String name : prices.names(Provider.ANTHROPIC)) {
            anthropic.put(name, anthropic(name));
        }
    }

    public @Nullable Model find(Provider provider, String name) {
        return of(provider).get(name);
    }

    public Collection<Model> all(Provider provider) {
        return List.copyOf(of(provider).values());
    }

    private Map<String, Model> of(Provider provider) {
        return switch (provider) {
            case OPENAI -> openai;
            case ANTHROPIC -> anthropic;
        };
    }

    private static Model openai(String name, Prices prices, LocalDate today) {
        if (name.startsWith("text-embedding")) {
            int dimensions = name.startsWith("text-embedding-3-large") ? 3072 : 1536;
            return new Model(name, Provider.OPENAI, true, false, 8192, 0, dimensions, 0, false);
        }
        boolean reasons = !name.contains("chat-latest")
                && (name.startsWith("o3")
                        || name.startsWith("o4")
                        || name.startsWith("gpt-5")
                        || name.startsWith("gpt-6"));
        int cacheFrom = prices.cachesPrompts(name, today) ? 1024 : 0;
        return new Model(
                name,
                Provider.OPENAI,
                false,
                reasons,
                openaiContext(name),
                openaiOutput(name),
                0,
                cacheFrom,
                prices.chargesCacheWrites(name, today));
    }

    private static long openaiContext(String name) {
        if (name.startsWith("gpt-3.5")) {
            return 16_385;
        }
        if (name.startsWith("gpt-4o")) {
            return 128_000;
        }
        if (name.startsWith("gpt-4.1")) {
            return 1_047_576;
        }
        if (name.startsWith("o3") || name.startsWith("o4")) {
            return 200_000;
        }
        return name.matches("gpt-5(-.*)?|gpt-5\\.[12](-.*)?") ? 400_000 : 1_050_000;
    }

    private static long openaiOutput(String name) {
        if (name.startsWith("gpt-3.5")) {
            return 4_096;
        }
        if (name.startsWith("gpt-4o")) {
            return name.equals("gpt-4o-2024-05-13") ? 4_096 : 16_384;
        }
        if (name.startsWith("gpt-4.1")) {
            return 32_768;
        }
        return name.startsWith("o3") || name.startsWith("o4") ? 100_000 : 128_000;
    }

    private static Model anthropic(String name) {
        boolean million = name.matches("claude-(sonnet-(4-5|4-6|5.*)|opus-(4-[78]|5.*)|fable-.*|mythos-.*)");
        long output = name.startsWith("claude-3-haiku") ? 4_096 : name.startsWith("claude-3-5") ? 8_192 : 64_000;
        return new Model(
                name,
                Provider.ANTHROPIC,
                false,
                false,
                million ? 1_000_000 : 200_000,
                output,
                0,
                anthropicCacheFrom(name),
                true);
    }

    private static int anthropicCacheFrom(String name) {
        if (name.matches("claude-(fable|mythos)-.*|claude-opus-5.*|claude-sonnet-5-5")) {
            return 512;
        }
        if (name.matches("claude-opus-4-7|claude-3.*")) {
            return 2_048;
        }
        return name.matches("claude-opus-4-[56]|claude-haiku-4-5") ? 4_096 : 1_024;
    }
}
