/// Tenants and their API keys. PostgreSQL is authoritative; a revoked key stops working on every node within five
/// seconds.
@NullMarked
package dev.offpeak.shared.tenants;

import org.jspecify.annotations.NullMarked;
