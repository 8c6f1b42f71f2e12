package dev.offpeak.shared.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.standardwebhooks.Webhook;
import java.net.http.HttpHeaders;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignatureTest {

    // The public vectors of standard-webhooks/libraries/javascript/src/webhook.test.ts.
    private static final SigningSecret SECRET = secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final String ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    private static final Instant AT = Instant.ofEpochSecond(1614265330);
    private static final byte[] BODY = "{\"test\": 2432232314}".getBytes(UTF_8);
    private static final String SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    @Test
    void reproducesTheVectorOfStandardWebhooks() {
        assertThat(Signature.header(List.of(SECRET), ID, AT, BODY)).isEqualTo(SIGNED);
    }

    @Test
    void reproducesTheVectorOfOpenAi() {
        var secret = secret("whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=");
        var body = """
                {"id": "evt_685c059ae3a481909bdc86819b066fb6", "object": "event", "created_at": 1750861210, \
                "type": "response.completed", "data": {"id": "resp_123"}}""".getBytes(UTF_8);

        var header = Signature.header(
                List.of(secret), "wh_685c059ae39c8190af8c71ed1022a24d", Instant.ofEpochSecond(1750861210), body);

        assertThat(header).isEqualTo("v1,gUAg4R2hWouRZqRQG4uJypNS8YK885G838+EHb4nKBY=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"name\":\"Käse 🧀\"}"})
    @SuppressWarnings("TimeZoneUsage") // The library verifies against the system clock.
    void isAcceptedByTheReferenceLibrary(String body) {
        var secret = SigningSecret.create(new SecureRandom());
        var now = Clock.systemUTC().instant();
        var headers = HttpHeaders.of(
                Map.of(
                        "Webhook-Id", List.of(ID),
                        "webhook-timestamp", List.of(Long.toString(now.getEpochSecond())),
                        "webhook-signature",
                                List.of(Signature.header(List.of(SECRET, secret), ID, now, body.getBytes(UTF_8)))),
                (_, _) -> true);

        assertThatCode(() -> new Webhook(secret.text()).verify(body, headers)).doesNotThrowAnyException();
        assertThatCode(() -> new Webhook(SECRET.text()).verify(body, headers)).doesNotThrowAnyException();
    }

    @Test
    void signsWithEverySecret() {
        var old = SigningSecret.create(new SecureRandom());

        var header = Signature.header(List.of(SECRET, old), ID, AT, BODY);

        assertThat(header).startsWith(SIGNED + " v1,");
        assertThat(verify(List.of(SECRET), ID, "1614265330", header, AT)).isTrue();
        assertThat(verify(List.of(old), ID, "1614265330", header, AT)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                SIGNED,
                "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= " + SIGNED,
                "v1a,AAAA v1, " + SIGNED + " nonsense",
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= " + SIGNED
            })
    void findsTheValidSignatureAmongOthers(String header) {
        assertThat(verify(List.of(SECRET), ID, "1614265330", header, AT)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "v1,",
                "v1",
                "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
                "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O",
                "v1,g0hM9SsE",
                "v1,not base64!",
                "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
            })
    void refusesAWrongSignature(String header) {
        assertThat(verify(List.of(SECRET), ID, "1614265330", header, AT)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "-, 1614265330, v1",
                "'', 1614265330, v1",
                "id, -, v1",
                "id, 1614265330, -",
                "id, soon, v1",
                "id, '', v1",
                "id, 9223372036854775807, v1",
                "id, -9223372036854775808, v1"
            },
            nullValues = "-")
    void refusesMissingOrUnreadableHeaders(
            @Nullable String id, @Nullable String timestamp, @Nullable String signature) {
        assertThat(verify(List.of(SECRET), id, timestamp, signature, AT)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"-301, false", "-300, true", "0, true", "300, true", "301, false"})
    void allowsFiveMinutesEitherWay(long seconds, boolean valid) {
        assertThat(verify(List.of(SECRET), ID, "1614265330", SIGNED, AT.plusSeconds(seconds)))
                .isEqualTo(valid);
    }

    @Test
    void refusesAnotherBodyOrId() {
        assertThat(Signature.verify(
                        List.of(SECRET), ID, "1614265330", SIGNED, "{\"test\": 2432232315}".getBytes(UTF_8), AT))
                .isFalse();
        assertThat(verify(List.of(SECRET), "msg_other", "1614265330", SIGNED, AT))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "whsec_",
                "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
                "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS*",
                "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRY=" // 23 bytes
            })
    void refusesWhatIsNoSecret(String text) {
        assertThat(SigningSecret.parse(text)).isEmpty();
    }

    @Test
    void takesSecretsOfTwentyFourToSixtyFourBytes() {
        for (int length : new int[] {23, 24, 64, 65}) {
            var text = "whsec_" + java.util.Base64.getEncoder().encodeToString(new byte[length]);

            assertThat(SigningSecret.parse(text).isPresent()).isEqualTo(length == 24 || length == 64);
        }
    }

    @Test
    void keepsSecretsOutOfLogs() {
        assertThat(SECRET).hasToString("whsec_…");
        assertThat(SECRET.text()).isEqualTo("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    private static boolean verify(
            List<SigningSecret> secrets,
            @Nullable String id,
            @Nullable String timestamp,
            @Nullable String signatures,
            Instant now) {
        return Signature.verify(secrets, id, timestamp, signatures, BODY, now);
    }

    private static SigningSecret secret(String text) {
        return SigningSecret.parse(text).orElseThrow();
    }
}
