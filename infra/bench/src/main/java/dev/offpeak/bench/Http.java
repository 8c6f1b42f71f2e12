package dev.offpeak.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// The one HTTP client of the bench: HTTP/1.1, kept connections, every exchange bounded in time.
public final class Http {

    private static final Duration LONGEST_EXCHANGE = Duration.ofSeconds(90);

    private final Duration longestExchange;
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    public Http() {
        this(LONGEST_EXCHANGE);
    }

    /// For who asks a server that may be gone, and asks again.
    public Http(Duration longestExchange) {
        this.longestExchange = longestExchange;
    }

    /// @param headers name, value, name, value …
    /// @throws UncheckedIOException where there was no answer
    public Reply send(String method, URI uri, byte @Nullable [] body, List<String> headers) {
        var request = HttpRequest.newBuilder(uri)
                .timeout(longestExchange)
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofByteArray(body));
        for (int i = 0; i < headers.size(); i += 2) {
            request.header(headers.get(i), headers.get(i + 1));
        }
        try {
            HttpResponse<byte[]> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Reply(answer.statusCode(), answer.headers(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + uri.getPath() + " had no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }
}
