package dev.offpeak.shared.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// The signature scheme `v1` of [Standard Webhooks 1.0](https://www.standardwebhooks.com): HMAC-SHA256 over
/// `{id}.{timestamp}.{body}`, over the raw bytes of the body.
public final class Signature {

    /// How far a timestamp may lie from now, either way; the spec leaves it open, every known library uses this.
    public static final Duration TOLERANCE = Duration.ofMinutes(5);

    private static final String VERSION = "v1,";

    private Signature() {}

    /// The value of the header `webhook-signature`: one signature for each secret, so that a receiver may still hold an
    /// older one.
    ///
    /// @param id has no full stop in it
    /// @param at the moment of this try, in whole seconds on the wire
    public static String header(List<SigningSecret> secrets, String id, Instant at, byte[] body) {
        var timestamp = Long.toString(at.getEpochSecond());
        return secrets.stream()
                .map(secret -> VERSION + Base64.getEncoder().encodeToString(hmac(secret, id, timestamp, body)))
                .collect(Collectors.joining(" "));
    }

    /// Whether any signature of the header fits any of the secrets and the timestamp is near.
    ///
    /// @param id,timestamp,signatures the three headers as they came, null where one is missing
    public static boolean verify(
            List<SigningSecret> secrets,
            @Nullable String id,
            @Nullable String timestamp,
            @Nullable String signatures,
            byte[] body,
            Instant now) {
        if (id == null || id.isEmpty() || timestamp == null || signatures == null || !isNear(timestamp, now)) {
            return false;
        }
        var fits = false;
        for (var secret : secrets) {
            var expected = hmac(secret, id, timestamp, body);
            for (var signature : signatures.split(" ", -1)) {
                fits |= signature.startsWith(VERSION) && isEqual(expected, signature.substring(VERSION.length()));
            }
        }
        return fits;
    }

    private static boolean isNear(String timestamp, Instant now) {
        try {
            var distance = Math.subtractExact(now.getEpochSecond(), Long.parseLong(timestamp));
            return Math.absExact(distance) <= TOLERANCE.toSeconds();
        } catch (NumberFormatException | ArithmeticException unreadable) {
            return false;
        }
    }

    private static boolean isEqual(byte[] expected, String base64) {
        try {
            return MessageDigest.isEqual(expected, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException notBase64) {
            return false;
        }
    }

    private static byte[] hmac(SigningSecret secret, String id, String timestamp, byte[] body) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.key(), "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(UTF_8));
            return mac.doFinal(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java lacks HmacSHA256", e);
        }
    }
}
