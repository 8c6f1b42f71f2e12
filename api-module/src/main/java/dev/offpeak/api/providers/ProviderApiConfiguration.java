package dev.offpeak.api.providers;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.shared.batches.ProviderBatchHints;
import dev.offpeak.shared.webhooks.SigningSecret;
import java.time.Clock;
import java.util.Map;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;

@Configuration(proxyBeanMethods = false)
class ProviderApiConfiguration {

    private static final String OPENAI_SECRET = "offpeak.providers.openai.webhook-secret";

    /// @throws IllegalStateException where the secret is none: its events would all be refused without a word
    @Bean
    ProviderWebhookReceiver providerWebhookReceiver(
            Environment environment, ProviderBatchHints hints, StrictJson json, Clock clock) {
        String secret = environment.getProperty(OPENAI_SECRET, "").strip();
        Map<String, SigningSecret> secrets = secret.isEmpty()
                ? Map.of()
                : Map.of(
                        "openai",
                        SigningSecret.parse(secret)
                                .orElseThrow(() -> new IllegalStateException(
                                        OPENAI_SECRET + " (OPENAI_WEBHOOK_SECRET) must be whsec_ and 24 to 64 bytes"
                                                + " in base64")));
        return new ProviderWebhookReceiver(secrets, hints, json, clock);
    }
}
