package dev.offpeak.shared.ledger;

import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ServiceTier;
import dev.offpeak.shared.providers.Usage;

/// What a direct call or a line of a provider batch costs at today's prices. A simulated one costs what the
/// provider it stands for would take.
public interface Charges {

    /// @param asked the model that was asked for
    /// @param answered the model as the provider named it, often a dated snapshot of the one asked for
    /// @param servedAs the tier that the answer names, never the one that was asked for
    /// @return [Charge#UNPRICED] where there is no price for the model, for a part of the usage, or for the
    ///     tier
    Charge direct(ProviderAccount account, String asked, String answered, Usage usage, ServiceTier servedAs);

    /// The most that a call can cost: its whole prompt at the dearest rate that it can meet. It holds for a
    /// call of the flex tier too, which may be answered, and billed, at the standard one.
    ///
    /// @param most the tokens of the prompt, estimated from above, and the output limit
    /// @return [Charge#UNPRICED] where there is no price
    Charge atMost(ProviderAccount account, String model, Usage most);

    /// What an answered line of a provider batch costs.
    ///
    /// @return [Charge#UNPRICED] where the model, or a part of the usage, has no price in batches
    Charge batch(ProviderAccount account, String asked, String answered, Usage usage);

    /// The most that a line can cost, as [#atMost] of a call.
    ///
    /// @param most what a line writes to the prompt cache on our demand counts as such
    /// @return [Charge#UNPRICED] where the model has no price in batches
    Charge atMostInBatch(ProviderAccount account, String model, Usage most);
}
