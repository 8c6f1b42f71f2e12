package dev.offpeak.shared.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Says which way a request should go, by all that is known just now.
public interface Lanes {

    /// @return empty where the account has no batch API
    Optional<BatchCapabilities> batches(ProviderAccount account);

    LaneDecision choose(Request request);

    /// One request that is to go somewhere.
    ///
    /// @param most the tokens of its prompt, estimated from above, and its output limit
    /// @param timeLeft until its deadline
    /// @param budget what it may still cost; null: whatever it costs
    /// @param count how many of its kind come at once
    record Request(
            ProviderAccount account,
            String model,
            Usage most,
            Duration timeLeft,
            Willingness willingness,
            @Nullable Usd budget,
            int count) {}
}
