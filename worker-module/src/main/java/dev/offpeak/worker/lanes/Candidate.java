package dev.offpeak.worker.lanes;

import dev.offpeak.shared.providers.ProviderAccount;

/// One way to call: which model of which account.
public record Candidate(ProviderAccount account, String model) {}
