package dev.offpeak.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;

/// Held to the example that the Standard Webhooks specification gives.
class WebhookReceiverTest {

    private static final byte[] SECRET = Base64.getDecoder().decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
    private static final String SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void takesThePublicExampleAlsoAmongOtherSignatures() {
        assertThat(WebhookReceiver.signed(SECRET, ID, "1614265330", BODY, SIGNATURE))
                .isTrue();
        assertThat(WebhookReceiver.signed(SECRET, ID, "1614265330", BODY, "v1,AAAA " + SIGNATURE))
                .isTrue();
    }

    @Test
    void refusesAnyOtherMoment() {
        assertThat(WebhookReceiver.signed(SECRET, ID, "1614265331", BODY, SIGNATURE))
                .isFalse();
    }
}
