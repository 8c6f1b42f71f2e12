package dev.offpeak.bench.faults;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.offpeak.bench.Json;
import dev.offpeak.bench.WebhookReceiver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Where the run's webhooks go. Of a few messages it refuses the first try, or cuts the connection after it has read
/// it; each arrival goes into the history.
final class Receiver implements AutoCloseable {

    private static final int PER_THOUSAND_REFUSED = 20;
    private static final int PER_THOUSAND_CUT = 20;
    private static final String BULK = "/bulk";

    private final History history;
    private final List<byte[]> secrets;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    /// @param secrets by tenant
    Receiver(History history, List<byte[]> secrets) throws IOException {
        this.history = history;
        this.secrets = List.copyOf(secrets);
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1024);
        for (int tenant = 0; tenant < secrets.size(); tenant++) {
            int its = tenant;
            server.createContext(path(tenant), exchange -> receive(exchange, its, false));
            server.createContext(BULK + path(tenant), exchange -> receive(exchange, its, true));
        }
        server.setExecutor(threads);
        server.start();
    }

    String url(int tenant) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path(tenant);
    }

    /// For uploads, which can name no secret.
    String bulkUrl(int tenant) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + BULK + path(tenant);
    }

    String secretText(int tenant) {
        return "whsec_" + Base64.getEncoder().encodeToString(secrets.get(tenant));
    }

    private static String path(int tenant) {
        return "/hook-of-" + tenant;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void receive(HttpExchange exchange, int tenant, boolean ofBulk) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String id = header(exchange, "webhook-id");
            String timestamp = header(exchange, "webhook-timestamp");
            JsonNode message = parse(body);
            String type = message.path("type").asString("");
            String signature = header(exchange, "webhook-signature");
            // What a bulk tells is signed with the tenant's default secret, which no call shows: that it is must do.
            boolean signed = ofBulk
                    ? signature.startsWith("v1,")
                    : WebhookReceiver.signed(secrets.get(tenant), id, timestamp, body, signature);
            int answer = seen.add(id) ? firstAnswer(body) : 204;
            history.add(
                    "arrived",
                    Map.of(
                            "tenant",
                            tenant,
                            "message",
                            id,
                            "job",
                            message.path("data").path("id").asString(""),
                            "type",
                            type,
                            "status",
                            message.path("data").path("status").asString(""),
                            "sha256",
                            sha256(body),
                            "signed",
                            signed,
                            "answered",
                            answer));
            if (answer > 0) {
                exchange.sendResponseHeaders(answer, -1);
            }
        }
    }

    /// @return 0: none, the connection is cut
    private static int firstAnswer(byte[] body) {
        int draw = Math.floorMod(Arrays.hashCode(body), 1000);
        if (draw < PER_THOUSAND_REFUSED) {
            return 500;
        }
        return draw < PER_THOUSAND_REFUSED + PER_THOUSAND_CUT ? 0 : 204;
    }

    private static String header(HttpExchange exchange, String name) {
        @Nullable String value = exchange.getRequestHeaders().getFirst(name);
        return value == null ? "" : value;
    }

    private static JsonNode parse(byte[] body) {
        try {
            return Json.parse(body);
        } catch (JacksonException _) {
            return Json.object();
        }
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
