package dev.offpeak.shared.providers;

/// Whom we call and whose quota that uses.
///
/// @param provider the protocol, `openai` or `anthropic`
/// @param account which of our accounts there; `default` until there are several
/// @param simulated whether the simulator answers in the provider's place
public record ProviderAccount(String provider, String account, boolean simulated) {

    /// The provider as jobs, calls and ledger rows name it.
    public String shownAs() {
        return simulated ? "simulator" : provider;
    }
}
