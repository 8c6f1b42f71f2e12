package dev.offpeak.worker.providers.anthropic;

import com.anthropic.backends.Backend;
import com.anthropic.core.http.HttpRequest;
import java.util.Optional;

/// Where Anthropic is, and how a request shows its key: the API of 2023 knows `x-api-key`, the later one a bearer.
record AnthropicAddress(String url, Optional<String> key) implements Backend {

    static final String VENDORS_OWN = "https://api.anthropic.com";

    @Override
    public String baseUrl() {
        return url;
    }

    /// Said to be of one use, or okhttp would send it again by itself after a 503 with `Retry-After: 0`.
    @Override
    public HttpRequest prepareRequest(HttpRequest request) {
        return request.body()
                .map(body -> request.toBuilder().body(new SingleUseBody(body)).build())
                .orElse(request);
    }

    @Override
    public HttpRequest authorizeRequest(HttpRequest request) {
        if (key.isEmpty()) {
            return request;
        }
        boolean old = request.headers().values("anthropic-version").contains(AnthropicRequest.VERSION_WITH_TEMPERATURE);
        return old
                ? request.toBuilder().putHeader("x-api-key", key.get()).build()
                : request.toBuilder()
                        .putHeader("Authorization", "Bearer " + key.get())
                        .build();
    }

    @Override
    public void close() {
        // holds nothing
    }

    @Override
    public String toString() {
        return "AnthropicAddress[url=" + url + ", key=" + (key.isPresent() ? "hidden" : "none") + "]";
    }
}
