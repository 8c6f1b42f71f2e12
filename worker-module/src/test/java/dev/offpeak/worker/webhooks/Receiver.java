package dev.offpeak.worker.webhooks;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// A receiver of webhooks on loopback that answers as it is told and remembers what it got.
final class Receiver implements AutoCloseable {

    record Hit(String method, String pathAndQuery, Headers headers, byte[] body) {
        @Nullable String header(String name) {
            return headers.getFirst(name);
        }
    }

    @FunctionalInterface
    interface Reply {
        void to(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Hit> hits = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedDeque<Reply> replies = new ConcurrentLinkedDeque<>();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Reply otherwise = status(200);

    Receiver(String address, int port) {
        this(listening(HttpServer::create, address, port));
    }

    private Receiver(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    /// Speaks TLS with a certificate of its own making.
    static Receiver selfSigned(String address, Path folder) throws Exception {
        var server = (HttpsServer) listening(HttpsServer::create, address, 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls(address, folder.resolve("keys"))));
        return new Receiver(server);
    }

    private static SSLContext tls(String address, Path file) throws Exception {
        var password = "changeit";
        var keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=" + address,
                        "-ext",
                        "SAN=ip:" + address,
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        password)
                .inheritIO()
                .start();
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool makes no certificate");
        }
        var keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(KeyStore.getInstance(file.toFile(), password.toCharArray()), password.toCharArray());
        var context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    @FunctionalInterface
    private interface Factory {
        HttpServer create(InetSocketAddress address, int backlog) throws IOException;
    }

    private static HttpServer listening(Factory factory, String address, int port) {
        try {
            return factory.create(new InetSocketAddress(address, port), 0);
        } catch (IOException e) {
            throw new IllegalStateException("No receiver at " + address, e);
        }
    }

    /// The next answers, one for each hit; afterwards 200.
    void willReply(Reply... next) {
        replies.addAll(List.of(next));
    }

    void willAlwaysReply(Reply reply) {
        otherwise = reply;
    }

    static Reply status(int status) {
        return exchange -> exchange.sendResponseHeaders(status, -1);
    }

    static Reply status(int status, String header, String value) {
        return exchange -> {
            exchange.getResponseHeaders().set(header, value);
            exchange.sendResponseHeaders(status, -1);
        };
    }

    static Reply body(int status, byte[] body) {
        return exchange -> {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        };
    }

    /// Never answers.
    Reply hang() {
        return _ -> closing.await();
    }

    /// Answers 200 and half a body, then nothing.
    Reply halfABody() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write(new byte[50]);
            exchange.getResponseBody().flush();
            closing.await();
        };
    }

    /// Answers 200 and a body that never ends.
    static Reply endlessBody() {
        return exchange -> {
            exchange.sendResponseHeaders(200, 0);
            var some = "0123456789abcdef".repeat(512).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            for (OutputStream out = exchange.getResponseBody(); ; ) {
                out.write(some);
            }
        };
    }

    List<Hit> hits() {
        return List.copyOf(hits);
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url(String path) {
        return "http://" + server.getAddress().getHostString() + ":" + port() + path;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            var body = exchange.getRequestBody().readAllBytes();
            var reply = replies.poll(); // whoever sees the hit knows that its reply is taken
            hits.add(new Hit(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    body));
            (reply == null ? otherwise : reply).to(exchange);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
