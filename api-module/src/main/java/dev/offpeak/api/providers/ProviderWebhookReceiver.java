package dev.offpeak.api.providers;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.batches.ProviderBatchHints;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.webhooks.Signature;
import dev.offpeak.shared.webhooks.SigningSecret;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes providers' own events, signed by the scheme of Standard Webhooks, as a hint to look at a batch now. One that
/// comes twice, late or for a batch that is not ours does no harm, so nothing of them is kept.
final class ProviderWebhookReceiver {

    private static final Logger LOG = LoggerFactory.getLogger(ProviderWebhookReceiver.class);

    private final Map<String, SigningSecret> secrets;
    private final ProviderBatchHints hints;
    private final StrictJson json;
    private final Clock clock;

    /// @param secrets by provider
    ProviderWebhookReceiver(
            Map<String, SigningSecret> secrets, ProviderBatchHints hints, StrictJson json, Clock clock) {
        this.secrets = Map.copyOf(secrets);
        this.hints = hints;
        this.json = json;
        this.clock = clock;
    }

    /// @throws Problem where the event is not expected or not signed
    void receive(HttpServletRequest request, String provider) throws IOException {
        SigningSecret secret = secrets.get(provider);
        if (secret == null) {
            throw Problem.of(ErrorCode.NOT_FOUND, "No events of that provider are expected here.");
        }
        byte[] body = request.getInputStream().readAllBytes(); // as large as any body may be
        if (!Signature.verify(
                List.of(secret),
                request.getHeader("webhook-id"),
                request.getHeader("webhook-timestamp"),
                request.getHeader("webhook-signature"),
                body,
                clock.instant())) {
            throw Problem.of(ErrorCode.UNAUTHENTICATED, "The event is not signed, not by this secret, or not now.");
        }
        batchNamedIn(body)
                .filter(batch -> hints.lookNow(provider, batch))
                .ifPresent(_ -> LOG.atInfo()
                        .addKeyValue("provider", provider)
                        .log("A provider says that a batch has changed; it is looked at now"));
    }

    private Optional<String> batchNamedIn(byte[] body) {
        var id = json.tree(body).path("data").path("id");
        return id.isString() ? Optional.of(id.stringValue()) : Optional.empty();
    }
}
