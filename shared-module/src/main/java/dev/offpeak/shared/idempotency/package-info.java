/// What requests with an idempotency key were answered, kept beside the work they did. PostgreSQL is the only place:
/// a key that a cache forgets is work done twice.
@NullMarked
package dev.offpeak.shared.idempotency;

import org.jspecify.annotations.NullMarked;
