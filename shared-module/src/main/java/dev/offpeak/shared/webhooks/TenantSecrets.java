package dev.offpeak.shared.webhooks;

import dev.offpeak.shared.core.TenantId;

/// The secret that signs a tenant's webhooks where a client gave none of its own.
public interface TenantSecrets {

    /// Makes the secret when first asked; whoever asks at the same time gets the same one.
    SigningSecret currentFor(TenantId tenant);
}
