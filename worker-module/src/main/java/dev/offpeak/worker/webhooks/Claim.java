package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.core.MessageId;
import dev.offpeak.shared.core.TenantId;
import java.net.URI;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The right to make the next try of a delivery, and all it takes.
///
/// @param fence only the newest claim writes
/// @param sealedSecret null: the tenant's default secret signs
/// @param tries made before this one
/// @param snoozes since the last try
/// @param age of the message
record Claim(
        UUID delivery,
        long fence,
        TenantId tenant,
        MessageId message,
        URI url,
        byte @Nullable [] sealedSecret,
        byte[] payload,
        int tries,
        int snoozes,
        Duration age) {

    /// Host and port: what hangs together.
    String endpoint() {
        return url.getScheme() + "://" + url.getAuthority();
    }
}
