/// Webhook messages and deliveries as rows, and the Standard Webhooks signature. Whoever finishes a job writes its
/// message in the same transaction.
@NullMarked
package dev.offpeak.shared.webhooks;

import org.jspecify.annotations.NullMarked;
