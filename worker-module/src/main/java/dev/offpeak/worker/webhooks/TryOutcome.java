package dev.offpeak.worker.webhooks;

import java.util.Locale;

/// What a try came to, as it stands on attempt rows and on the metric.
enum TryOutcome {
    /// A 2xx.
    DELIVERED,
    /// A 3xx: never followed.
    REDIRECTED,
    /// A 410: the receiver wants no more of this.
    GONE,
    /// A 429, 502 or 504: the receiver is busy.
    THROTTLED,
    /// Any other status.
    REFUSED,
    /// No whole answer within the deadline.
    TIMEOUT,
    /// No connection, or one that broke.
    UNREACHABLE,
    /// The certificate or the handshake is not in order.
    TLS_FAILED,
    /// The name has no address.
    UNRESOLVED,
    /// The name leads to an address that webhooks may not reach.
    INVALID_TARGET,
    /// Our own fault.
    INTERNAL_ERROR;

    static TryOutcome ofStatus(int status) {
        return switch (status) {
            case 410 -> GONE;
            case 429, 502, 504 -> THROTTLED;
            default -> status / 100 == 2 ? DELIVERED : status / 100 == 3 ? REDIRECTED : REFUSED;
        };
    }

    String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
