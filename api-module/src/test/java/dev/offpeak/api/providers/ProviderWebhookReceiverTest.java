package dev.offpeak.api.providers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.batches.ProviderBatchHints;
import dev.offpeak.shared.batches.ProviderBatchView;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.webhooks.Signature;
import dev.offpeak.shared.webhooks.SigningSecret;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletRequest;

class ProviderWebhookReceiverTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");
    private static final SigningSecret SECRET =
            SigningSecret.parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").orElseThrow();
    private static final SigningSecret OTHER =
            SigningSecret.parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").orElseThrow();
    private static final String EVENT = "{\"type\":\"batch.completed\",\"data\":{\"id\":\"batch_1\"}}";

    private final List<String> hinted = new ArrayList<>();
    private final ProviderWebhookReceiver receiver = new ProviderWebhookReceiver(
            Map.of("openai", SECRET),
            new ProviderBatchHints() {
                @Override
                public boolean lookNow(String provider, String remoteId) {
                    hinted.add(provider + " " + remoteId);
                    return remoteId.equals("batch_1");
                }

                @Override
                public List<ProviderBatchView> list(
                        @Nullable String state, @Nullable ProviderBatchId after, int limit) {
                    return List.of();
                }
            },
            new StrictJson(),
            Clock.fixed(NOW, ZoneOffset.UTC));

    private static MockHttpServletRequest event(String body, List<SigningSecret> secrets, Instant at) {
        var request = new MockHttpServletRequest("POST", "/v1/provider-webhooks/openai");
        byte[] bytes = body.getBytes(UTF_8);
        request.setContent(bytes);
        request.addHeader("webhook-id", "evt_1");
        request.addHeader("webhook-timestamp", Long.toString(at.getEpochSecond()));
        request.addHeader("webhook-signature", Signature.header(secrets, "evt_1", at, bytes));
        return request;
    }

    @Test
    void hintsAtTheBatchThatASignedEventNames() throws IOException {
        receiver.receive(event(EVENT, List.of(SECRET), NOW), "openai");
        receiver.receive(event(EVENT, List.of(OTHER, SECRET), NOW.minus(Duration.ofMinutes(4))), "openai");
        receiver.receive(event(EVENT.replace("batch_1", "batch_of_somebody"), List.of(SECRET), NOW), "openai");
        receiver.receive(event("{\"type\":\"response.completed\"}", List.of(SECRET), NOW), "openai");

        assertThat(hinted).containsExactly("openai batch_1", "openai batch_1", "openai batch_of_somebody");
    }

    @Test
    void refusesWhatIsNotSignedOrNotNow() {
        var unsigned = new MockHttpServletRequest("POST", "/v1/provider-webhooks/openai");
        unsigned.setContent(EVENT.getBytes(UTF_8));
        var changed = event(EVENT, List.of(SECRET), NOW);
        changed.setContent(EVENT.replace("batch_1", "batch_2").getBytes(UTF_8));

        for (var request : List.of(
                unsigned,
                changed,
                event(EVENT, List.of(OTHER), NOW),
                event(EVENT, List.of(SECRET), NOW.minus(Duration.ofMinutes(6))),
                event(EVENT, List.of(SECRET), NOW.plus(Duration.ofMinutes(6))))) {
            assertThatExceptionOfType(Problem.class)
                    .isThrownBy(() -> receiver.receive(request, "openai"))
                    .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
        }
        assertThat(hinted).isEmpty();
    }

    @Test
    void knowsNothingOfProvidersWithoutASecret() {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> receiver.receive(event(EVENT, List.of(SECRET), NOW), "anthropic"))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(ErrorCode.NOT_FOUND));
    }
}
