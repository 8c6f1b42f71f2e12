package dev.offpeak.worker.webhooks;

import dev.offpeak.shared.webhooks.Resolver;
import dev.offpeak.shared.webhooks.TargetGuard;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

/// Posts to an address that a client chose. The name is resolved once, all its addresses are vetted, and the connection
/// goes to these and no others. No redirects, cookies, retries, proxies or compression; the deadline counts from the
/// DNS query to the last byte.
final class GuardedSender implements AutoCloseable {

    /// How much of an answer is kept, in bytes.
    static final int KEPT_BYTES = 20_000;

    /// The addresses vetted for the exchange that this thread makes: all that the client ever learns.
    private static final ScopedValue<List<InetAddress>> VETTED = ScopedValue.newInstance();

    private final TargetGuard guard;
    private final Resolver resolver;
    private final DeliverySettings settings;
    private final CloseableHttpClient client;
    private final ExecutorService exchanges = Executors.newVirtualThreadPerTaskExecutor();
    /// The JDK's lookup holds its thread and heeds no interrupt: platform threads, so that no carrier is held.
    private final ExecutorService lookups = Executors.newThreadPerTaskExecutor(
            Thread.ofPlatform().daemon().name("webhook-dns-", 0).factory());

    GuardedSender(TargetGuard guard, Resolver resolver, DeliverySettings settings) {
        this.guard = guard;
        this.resolver = resolver;
        this.settings = settings;
        this.client = client(settings);
    }

    private static CloseableHttpClient client(DeliverySettings settings) {
        var deadline = Timeout.of(settings.deadline());
        var connections = PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(new VettedAddresses())
                .setMaxConnTotal(settings.inFlight())
                .setMaxConnPerRoute(settings.inFlight())
                .setDefaultConnectionConfig(ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.of(settings.connectWithin()))
                        .setSocketTimeout(deadline)
                        .build())
                .setDefaultTlsConfig(
                        TlsConfig.custom().setHandshakeTimeout(deadline).build())
                .build();
        return HttpClientBuilder.create()
                .setConnectionManager(connections)
                // A kept connection would go to an address that was vetted for another try.
                .setConnectionReuseStrategy((_, _, _) -> false)
                .setRoutePlanner(new DefaultRoutePlanner(DefaultSchemePortResolver.INSTANCE)) // no proxy, ever
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectionRequestTimeout(deadline)
                        .setResponseTimeout(deadline)
                        .setRedirectsEnabled(false)
                        .setAuthenticationEnabled(false)
                        .setProtocolUpgradeEnabled(false)
                        .build())
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableConnectionState()
                .setUserAgent(userAgent())
                .build();
    }

    private static String userAgent() {
        var version = GuardedSender.class.getPackage().getImplementationVersion();
        return "Offpeak/" + (version == null ? "dev" : version);
    }

    /// @throws InterruptedException where the worker takes the thread back; the request may have arrived
    Exchange post(URI url, Map<String, String> headers, byte[] body) throws InterruptedException {
        var request = new HttpPost(url);
        headers.forEach(request::setHeader);
        request.setHeader(HttpHeaders.CONNECTION, "close");
        request.setEntity(new ByteArrayEntity(body, ContentType.APPLICATION_JSON));
        var exchange = exchanges.submit(() -> exchange(url, request));
        try {
            return exchange.get(settings.deadline().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException tooLate) {
            return new Exchange.Broken(TryOutcome.TIMEOUT);
        } catch (ExecutionException e) {
            throw new IllegalStateException("A webhook could not be sent", e.getCause());
        } finally {
            exchange.cancel(true);
            request.cancel();
        }
    }

    private Exchange exchange(URI url, HttpPost request) throws InterruptedException {
        try {
            var addresses = resolve(url);
            return switch (guard.vet(url, addresses)) {
                case TargetGuard.Verdict.Refused _ -> new Exchange.Broken(TryOutcome.INVALID_TARGET);
                case TargetGuard.Verdict.Allowed _ ->
                    ScopedValue.where(VETTED, addresses).call(() -> execute(request));
            };
        } catch (UnknownHostException e) {
            return new Exchange.Broken(TryOutcome.UNRESOLVED);
        } catch (SocketTimeoutException e) {
            return new Exchange.Broken(TryOutcome.TIMEOUT);
        } catch (SSLException e) {
            return new Exchange.Broken(TryOutcome.TLS_FAILED);
        } catch (IOException e) {
            return new Exchange.Broken(TryOutcome.UNREACHABLE);
        }
    }

    private List<InetAddress> resolve(URI url) throws UnknownHostException, InterruptedException {
        var literal = TargetGuard.literal(url);
        if (literal.isPresent()) {
            return List.of(literal.get());
        }
        try {
            return lookups.submit(() -> resolver.resolve(url.getHost())).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IllegalStateException("A name could not be looked up", e.getCause());
        }
    }

    private Exchange execute(HttpPost request) throws IOException {
        var response = client.executeOpen(null, request, null);
        try {
            var retryAfter = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
            return new Exchange.Answered(
                    response.getCode(), beginning(response), retryAfter == null ? null : retryAfter.getValue());
        } finally {
            request.cancel(); // closing alone would first read the rest of the body
            closeQuietly(response);
        }
    }

    private static byte[] beginning(ClassicHttpResponse response) throws IOException {
        var entity = response.getEntity();
        return entity == null ? new byte[0] : beginning(entity);
    }

    // The stream is left open on purpose: to close it is to read it to its end.
    @SuppressWarnings("resource")
    private static byte[] beginning(HttpEntity entity) throws IOException {
        @Nullable InputStream content = entity.getContent();
        return content == null ? new byte[0] : content.readNBytes(KEPT_BYTES);
    }

    private static void closeQuietly(ClassicHttpResponse response) {
        try {
            response.close();
        } catch (IOException alreadyCancelled) {
            // The connection was cut off before: there is nothing left to close.
        }
    }

    @Override
    public void close() throws IOException {
        exchanges.shutdownNow();
        lookups.shutdownNow();
        client.close();
    }

    /// Knows no DNS: hands out what was vetted for this thread's exchange.
    private static final class VettedAddresses implements DnsResolver {

        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            if (!VETTED.isBound()) {
                throw new UnknownHostException("Nothing was vetted for this connection");
            }
            return VETTED.get().toArray(InetAddress[]::new);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }
}
