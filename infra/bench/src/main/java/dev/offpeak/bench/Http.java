package dev.offpeak.bench;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.stream.Stream;
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

    /// Sends a file as it is read.
    ///
    /// @throws UncheckedIOException where there was no answer, or no such file
    public Reply sendFile(String method, URI uri, Path file, Duration longest, List<String> headers) {
        try {
            return exchange(request(method, uri, HttpRequest.BodyPublishers.ofFile(file), longest, headers));
        } catch (FileNotFoundException e) {
            throw new UncheckedIOException(file + " is not there", e);
        }
    }

    /// Reads an answer line by line, however long it is.
    ///
    /// @return its status; only the lines of a 200 are read
    /// @throws UncheckedIOException where there was no answer, or it broke off
    public int lines(URI uri, Duration longest, List<String> headers, Consumer<String> reader) {
        HttpRequest request = request("GET", uri, HttpRequest.BodyPublishers.noBody(), longest, headers);
        try {
            HttpResponse<Stream<String>> answer = client.send(request, HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = answer.body()) {
                if (answer.statusCode() == 200) {
                    lines.filter(line -> !line.isBlank()).forEach(reader);
                }
            }
            return answer.statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException("GET " + uri.getPath() + " had no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }

    /// @param headers name, value, name, value …
    /// @throws UncheckedIOException where there was no answer
    public Reply send(String method, URI uri, byte @Nullable [] body, List<String> headers) {
        return exchange(request(
                method,
                uri,
                body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body),
                longestExchange,
                headers));
    }

    private static HttpRequest request(
            String method, URI uri, HttpRequest.BodyPublisher body, Duration longest, List<String> headers) {
        var request = HttpRequest.newBuilder(uri).timeout(longest).method(method, body);
        for (int i = 0; i < headers.size(); i += 2) {
            request.header(headers.get(i), headers.get(i + 1));
        }
        return request.build();
    }

    private Reply exchange(HttpRequest request) {
        try {
            HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
            return new Reply(answer.statusCode(), answer.headers(), answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    request.method() + " " + request.uri().getPath() + " had no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for an answer", e);
        }
    }
}
