package dev.offpeak.shared.webhooks;

import org.jspecify.annotations.Nullable;

/// Where a job's webhook goes.
///
/// @param url has passed [TargetGuard#check(String)]
/// @param sealedSecret from [SealedSecrets]; null: the tenant's default secret signs
public record WebhookTarget(String url, byte @Nullable [] sealedSecret) {}
