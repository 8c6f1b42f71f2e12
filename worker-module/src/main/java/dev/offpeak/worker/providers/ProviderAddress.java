package dev.offpeak.worker.providers;

import dev.offpeak.shared.providers.ProviderSettings;
import java.net.URI;
import java.util.Optional;

/// Where a provider is called, and with which key: its own, or the simulator in its place.
///
/// @param baseUrl empty where the vendor's own address holds
/// @param key empty where the server needs none
public record ProviderAddress(Optional<String> baseUrl, Optional<String> key) {

    /// The simulator takes any.
    private static final String SIMULATOR_KEY = "simulator";

    /// @param simulatorPath where under the simulator's address this provider's protocol is spoken
    public static ProviderAddress of(
            ProviderSettings settings, ProviderSettings.Account account, String simulatorPath) {
        URI simulator = settings.simulatorUrl();
        if (settings.simulated() && simulator != null) {
            return new ProviderAddress(
                    Optional.of(withoutSlash(simulator) + simulatorPath), Optional.of(SIMULATOR_KEY));
        }
        return new ProviderAddress(
                Optional.ofNullable(account.baseUrl()).map(ProviderAddress::withoutSlash),
                Optional.ofNullable(account.apiKey()).map(String::strip).filter(key -> !key.isEmpty()));
    }

    private static String withoutSlash(URI address) {
        String text = address.toString();
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }

    @Override
    public String toString() {
        return "ProviderAddress[baseUrl=" + baseUrl + ", key=" + (key.isPresent() ? "hidden" : "none") + "]";
    }
}
