package dev.offpeak.worker.webhooks;

import java.time.Duration;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// @param deadline for a whole try: DNS, connection, request and the answer's body; so long a stop waits for
///     tries
/// @param connectWithin for one connection
/// @param claimFor after this a try that nobody recorded counts as lost; longer than the deadline by far
/// @param holdTaskFor how long a try holds its task; a slower one goes on without it
/// @param inFlight tries that one worker makes at once
/// @param perEndpoint tries of them to one endpoint that answers; a quarter of it to one that nobody knows yet,
///     a sixteenth to one that hangs
@ConfigurationProperties("offpeak.webhooks.delivery")
record DeliverySettings(
        @DefaultValue("15s") Duration deadline,
        @DefaultValue("5s") Duration connectWithin,
        @DefaultValue("60s") Duration claimFor,
        @DefaultValue("1s") Duration holdTaskFor,
        @DefaultValue("256") int inFlight,
        @DefaultValue("32") int perEndpoint) {

    DeliverySettings {
        if (claimFor.compareTo(deadline.multipliedBy(2)) < 0) {
            throw new IllegalArgumentException(
                    "offpeak.webhooks.delivery.claim-for must be twice the deadline or more");
        }
        if (inFlight < 1 || perEndpoint < 1) {
            throw new IllegalArgumentException("offpeak.webhooks.delivery allows no try at all");
        }
    }
}
