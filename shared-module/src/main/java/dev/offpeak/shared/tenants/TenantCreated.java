package dev.offpeak.shared.tenants;

import dev.offpeak.shared.core.TenantId;

/// Something that every fresh tenant needs, given to it in the transaction that creates it.
@FunctionalInterface
public interface TenantCreated {

    void tenantCreated(TenantId tenant);
}
