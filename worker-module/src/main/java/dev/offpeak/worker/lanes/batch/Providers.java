package dev.offpeak.worker.lanes.batch;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.toMap;

import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Providers' batch APIs by account.
final class Providers {

    private final Map<String, BatchProvider> byName;
    private final ProviderSettings settings;

    Providers(List<BatchProvider> providers, ProviderSettings settings) {
        this.byName = providers.stream().collect(toMap(BatchProvider::name, identity()));
        this.settings = settings;
    }

    /// @return empty where the account is not, or no longer, the one that is configured: nothing is sent
    ///     to the simulator once there is a real provider, and the other way round
    Optional<BatchProvider> of(ProviderAccount account) {
        return settings.resolve(account.provider())
                .filter(account::equals)
                .map(ProviderAccount::provider)
                .map(byName::get);
    }

    /// Those that are configured.
    List<ProviderAccount> accounts() {
        return byName.keySet().stream()
                .sorted()
                .flatMap(provider -> settings.resolve(provider).stream())
                .toList();
    }

    /// @param provider the protocol
    Optional<BatchProvider> named(String provider) {
        return Optional.ofNullable(byName.get(provider));
    }
}
