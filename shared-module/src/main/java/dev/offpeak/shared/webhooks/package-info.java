/// Webhook messages and deliveries as rows, the Standard Webhooks signature, and the guard over where we may send.
///
/// Whoever finishes a job tells [dev.offpeak.shared.webhooks.WebhookOutbox] in the same transaction: message, delivery
/// and wake-up commit with the state or not at all. The message is frozen then; its id is the `webhook-id` of every
/// try.
/// A delivery is `pending` until a receiver answered 2xx (`delivered`) or the schedule is used up (`failed`); neither
/// ever touches the job. The worker's dispatcher makes the tries.
@NullMarked
package dev.offpeak.shared.webhooks;

import org.jspecify.annotations.NullMarked;
