package dev.offpeak.shared.providers;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.validation.annotation.Validated;

/// Which providers there are. The simulator takes a provider's place only while no provider is configured at all.
///
/// @param openai `OPENAI_API_KEY`, `OPENAI_BASE_URL`: OpenAI or any server that speaks its protocol
/// @param anthropic `ANTHROPIC_API_KEY`, `ANTHROPIC_BASE_URL`
/// @param simulatorUrl where the simulator listens; set by standalone only
/// @param timeout how long one call may take, answer included
/// @param connectTimeout how long a connection may take to come about
@Validated
@ConfigurationProperties("offpeak.providers")
public record ProviderSettings(
        @DefaultValue Account openai,
        @DefaultValue Account anthropic,
        @Nullable URI simulatorUrl,
        @DefaultValue("120s") Duration timeout,
        @DefaultValue("5s") Duration connectTimeout) {

    public static final String OPENAI = "openai";
    public static final String ANTHROPIC = "anthropic";

    private static final Duration FLEX_TIMEOUT = Duration.ofMinutes(15);

    /// @param apiKey the account's key; a local server may need none
    /// @param baseUrl where the protocol is spoken, without a path that names a resource
    public record Account(@Nullable String apiKey, @Nullable URI baseUrl) {

        boolean configured() {
            return hasKey() || baseUrl != null;
        }

        boolean hasKey() {
            return apiKey != null && !apiKey.isBlank();
        }

        @Override
        public String toString() {
            return "Account[apiKey=" + (apiKey == null ? "none" : "hidden") + ", baseUrl=" + baseUrl + "]";
        }
    }

    /// How long a call of that tier may take, answer included: a provider lets flex calls wait for capacity.
    public Duration timeout(ServiceTier tier) {
        return switch (tier) {
            case DEFAULT, OTHER -> timeout;
            case FLEX -> timeout.compareTo(FLEX_TIMEOUT) > 0 ? timeout : FLEX_TIMEOUT;
        };
    }

    /// @return whom a workflow's provider means, empty where it is not configured
    public Optional<ProviderAccount> resolve(String provider) {
        boolean known = OPENAI.equals(provider) || ANTHROPIC.equals(provider);
        if (!known) {
            return Optional.empty();
        }
        if (simulated()) {
            return Optional.of(new ProviderAccount(provider, "default", true));
        }
        Account account = OPENAI.equals(provider) ? openai : anthropic;
        return account.configured() ? Optional.of(new ProviderAccount(provider, "default", false)) : Optional.empty();
    }

    /// What the account's batch API can do.
    ///
    /// @return empty where it has none: a server that asks for no key is somebody's own, and those have no
    ///     batches
    public Optional<BatchCapabilities> batches(ProviderAccount account) {
        Account configured = OPENAI.equals(account.provider()) ? openai : anthropic;
        return account.simulated() || configured.hasKey() ? BatchCatalogue.of(account.provider()) : Optional.empty();
    }

    /// Whether the simulator answers for every provider.
    public boolean simulated() {
        return simulatorUrl != null && !openai.configured() && !anthropic.configured();
    }
}
