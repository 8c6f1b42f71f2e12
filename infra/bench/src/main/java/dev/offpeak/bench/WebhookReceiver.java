package dev.offpeak.bench;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A receiver on loopback that answers every delivery with 204, checks its signature after Standard Webhooks, and keeps
/// when the first try of each job came.
public final class WebhookReceiver implements AutoCloseable {

    private final Clock clock;
    private final byte[] secret;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Instant> firstTries = new ConcurrentHashMap<>();
    private final LongAdder tries = new LongAdder();
    private final LongAdder badSignatures = new LongAdder();

    WebhookReceiver(Clock clock, byte[] secret) throws IOException {
        this.clock = clock;
        this.secret = secret.clone();
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        server.createContext("/hook", this::receive);
        server.setExecutor(threads);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
    }

    /// As a client hands it to Offpeak.
    String secretText() {
        return "whsec_" + Base64.getEncoder().encodeToString(secret);
    }

    /// By job id.
    Map<String, Instant> firstTries() {
        return Map.copyOf(firstTries);
    }

    int jobs() {
        return firstTries.size();
    }

    long tries() {
        return tries.sum();
    }

    long badSignatures() {
        return badSignatures.sum();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void receive(HttpExchange exchange) throws IOException {
        Instant now = clock.instant();
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            tries.increment();
            String id = exchange.getRequestHeaders().getFirst("webhook-id");
            String timestamp = exchange.getRequestHeaders().getFirst("webhook-timestamp");
            String signatures = exchange.getRequestHeaders().getFirst("webhook-signature");
            if (id == null
                    || timestamp == null
                    || signatures == null
                    || !signed(secret, id, timestamp, body, signatures)) {
                badSignatures.increment();
            }
            firstTries.putIfAbsent(Json.parse(body).path("data").path("id").asString(""), now);
            exchange.sendResponseHeaders(204, -1);
        }
    }

    /// Whether one of the signatures, parted by blanks, is `v1,` and the base64 of our own HMAC-SHA256.
    public static boolean signed(byte[] secret, String id, String timestamp, byte[] body, String signatures) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret, "HmacSHA256"));
            mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
            String ours = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
            for (String theirs : signatures.split(" ", -1)) {
                if (MessageDigest.isEqual(
                        ours.getBytes(StandardCharsets.UTF_8), theirs.getBytes(StandardCharsets.UTF_8))) {
                    return true;
                }
            }
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no HmacSHA256", e);
        }
    }
}
