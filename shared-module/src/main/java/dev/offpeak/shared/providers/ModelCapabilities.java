package dev.offpeak.shared.providers;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// What a model takes, as far as it has to be known before a request is sent. The first family that matches holds; a
/// model that no family names is taken for a plain chat model of its provider.
public final class ModelCapabilities {

    private static final BigDecimal ONE = BigDecimal.ONE;
    private static final BigDecimal TWO = BigDecimal.TWO;

    /// @param models matches the whole name of a model
    /// @param highestTemperature empty where the model takes no temperature
    /// @param reasons whether it thinks before it answers, and counts that as output
    /// @param schemas whether it can be held to a JSON Schema
    private record Family(
            String provider,
            Pattern models,
            Optional<BigDecimal> highestTemperature,
            boolean reasons,
            boolean schemas) {

        static Family of(String provider, String models, Optional<BigDecimal> highestTemperature, Kind kind) {
            return new Family(
                    provider,
                    Pattern.compile(models),
                    highestTemperature,
                    kind == Kind.REASONING,
                    kind != Kind.WITHOUT_SCHEMAS);
        }
    }

    private enum Kind {
        CHAT,
        REASONING,
        WITHOUT_SCHEMAS
    }

    private static final List<Family> FAMILIES = List.of(
            // Named like the reasoning models, but a chat model.
            Family.of(ProviderSettings.OPENAI, "gpt-5(\\.\\d+)?-chat(-.*)?", Optional.of(TWO), Kind.CHAT),
            Family.of(ProviderSettings.OPENAI, "o[134](-.*)?", Optional.empty(), Kind.REASONING),
            Family.of(ProviderSettings.OPENAI, "gpt-[56]([.-].*)?", Optional.empty(), Kind.REASONING),
            Family.of(ProviderSettings.OPENAI, "gpt-(3\\.5|4)(-.*)?", Optional.of(TWO), Kind.WITHOUT_SCHEMAS),
            Family.of(ProviderSettings.OPENAI, ".*", Optional.of(TWO), Kind.CHAT),
            Family.of(ProviderSettings.ANTHROPIC, "claude-3-.*", Optional.of(ONE), Kind.WITHOUT_SCHEMAS),
            Family.of(
                    ProviderSettings.ANTHROPIC,
                    "claude-(sonnet|opus)-4(-0|-20\\d{6})?",
                    Optional.of(ONE),
                    Kind.WITHOUT_SCHEMAS),
            Family.of(
                    ProviderSettings.ANTHROPIC,
                    "claude-(haiku-4-5|sonnet-4-[56]|opus-4-[156])(-20\\d{6})?",
                    Optional.of(ONE),
                    Kind.CHAT),
            // From Opus 4.7 on they refuse a temperature, whatever the version of the API.
            Family.of(ProviderSettings.ANTHROPIC, ".*", Optional.empty(), Kind.CHAT));

    /// Models that answer on the flex tier; one that is not named here may refuse it for good.
    private static final Pattern FLEX = Pattern.compile(
            "(o3|o4-mini|gpt-[5-9](\\.\\d+)?(-(mini|nano|sol|luna|terra|astra))?)(-\\d{4}-\\d{2}-\\d{2})?");

    private ModelCapabilities() {}

    /// Whether a request to the model may carry a temperature at all.
    public static boolean takesTemperature(String provider, String model) {
        return highestTemperature(provider, model).isPresent();
    }

    /// @return the highest temperature that the model takes, the lowest being 0; empty where it takes none
    public static Optional<BigDecimal> highestTemperature(String provider, String model) {
        return family(provider, model).flatMap(Family::highestTemperature);
    }

    /// Whether the model thinks before it answers; its thoughts count as output.
    public static boolean reasons(String provider, String model) {
        return family(provider, model).filter(Family::reasons).isPresent();
    }

    /// Whether the provider can hold the model's answer to a JSON Schema; others are asked for it in words.
    public static boolean followsSchemas(String provider, String model) {
        return family(provider, model).filter(Family::schemas).isPresent();
    }

    /// Whether the provider answers calls to the model on its flex tier too.
    public static boolean takesFlex(String provider, String model) {
        return provider.equals(ProviderSettings.OPENAI) && FLEX.matcher(model).matches();
    }

    private static Optional<Family> family(String provider, String model) {
        return FAMILIES.stream()
                .filter(family -> family.provider().equals(provider)
                        && family.models().matcher(model).matches())
                .findFirst();
    }
}
