package dev.offpeak.shared.ledger;

import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.Usage;

/// What a direct call costs at today's prices. A simulated call costs what the provider it stands for would take.
public interface Charges {

    /// @param asked the model that was asked for
    /// @param answered the model as the provider named it, often a dated snapshot of the one asked for
    /// @return [Charge#UNPRICED] where there is no price for the model, or for a part of the usage
    Charge direct(ProviderAccount account, String asked, String answered, Usage usage);

    /// The most that a call can cost: its whole prompt at the dearest rate that it can meet.
    ///
    /// @param most the tokens of the prompt, estimated from above, and the output limit
    /// @return [Charge#UNPRICED] where there is no price
    Charge atMost(ProviderAccount account, String model, Usage most);
}
