/// Provider batches and their lines: their states, who may move them, and what is learned of providers' limits.
/// PostgreSQL is authoritative: every step is recorded before it is made. The worker's `lanes.batch` makes the steps,
/// the API
/// reads and hints.
@NullMarked
package dev.offpeak.shared.providerbatches;

import org.jspecify.annotations.NullMarked;
