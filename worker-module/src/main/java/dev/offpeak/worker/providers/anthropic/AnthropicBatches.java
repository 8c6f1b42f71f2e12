package dev.offpeak.worker.providers.anthropic;

import com.anthropic.client.AnthropicClient;
import com.anthropic.core.ObjectMappers;
import com.anthropic.core.RequestOptions;
import com.anthropic.core.Timeout;
import com.anthropic.core.http.HttpClient;
import com.anthropic.core.http.HttpMethod;
import com.anthropic.core.http.HttpRequest;
import com.anthropic.core.http.HttpResponse;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicServiceException;
import com.anthropic.models.messages.batches.BatchCancelParams;
import com.anthropic.models.messages.batches.BatchListParams;
import com.anthropic.models.messages.batches.BatchResultsParams;
import com.anthropic.models.messages.batches.BatchRetrieveParams;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchCatalogue;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.ProviderSettings;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.worker.providers.Failures;
import dev.offpeak.worker.providers.InterruptibleExchange;
import dev.offpeak.worker.providers.JsonTree;
import dev.offpeak.worker.providers.MalformedAnswer;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.ResultLines;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Message Batches at Anthropic. A batch is sent under one version of the API, and any line of it may have a
/// temperature: so all of it speaks the last version that takes one.
final class AnthropicBatches implements BatchProvider {

    private static final BatchCapabilities CAPABILITIES =
            BatchCatalogue.of(ProviderSettings.ANTHROPIC).orElseThrow();

    private static final JsonMapper JSON = ObjectMappers.jsonMapper();
    private static final String VERSION = "anthropic-version";
    private static final int NOT_FOUND = 404;
    /// Answers of a server that will not stop a batch that has ended.
    private static final List<Integer> NOT_TO_BE_STOPPED = List.of(400, 409);

    private static final long PAGE = 100;

    private final AnthropicClient client;
    private final HttpClient http;
    private final String url;
    private final Redaction redaction;
    private final AnthropicErrors errors;
    private final RequestOptions ordinary;
    private final ProviderSettings settings;
    private final RequestOptions downloading;

    /// @param client its own retries off
    /// @param http the same below the SDK's services, which hold a body in memory as a whole
    /// @param address its key must not show up in an error
    AnthropicBatches(
            AnthropicClient client, HttpClient http, AnthropicAddress address, ProviderSettings settings, Clock clock) {
        this.client = client;
        this.http = http;
        this.url = address.url();
        this.redaction = new Redaction(address.key(), List.of());
        this.errors = new AnthropicErrors(clock);
        this.ordinary = options(settings, settings.timeout());
        this.settings = settings;
        this.downloading = options(settings, Duration.ZERO); // as long as bytes come, and its reader may pause
    }

    private static RequestOptions options(ProviderSettings settings, Duration whole) {
        return RequestOptions.builder()
                .timeout(Timeout.builder()
                        .connect(settings.connectTimeout())
                        .read(whole.isZero() ? settings.timeout() : whole)
                        .write(whole.isZero() ? settings.timeout() : whole)
                        .request(whole)
                        .build())
                .build();
    }

    @Override
    public String name() {
        return ProviderSettings.ANTHROPIC;
    }

    @Override
    public BatchCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void writeLine(BatchLine line, boolean first, OutputStream out) throws IOException {
        var request = JSON.createObjectNode().put("custom_id", line.customId());
        request.set("params", JSON.valueToTree(AnthropicRequest.body(line)));
        if (!first) {
            out.write(',');
        }
        out.write('\n');
        out.write(JSON.writeValueAsString(request).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void writeFrame(boolean opening, OutputStream out) throws IOException {
        out.write((opening ? "{\"requests\":[" : "\n]}\n").getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public BatchExchange<String> upload(BatchInput input) {
        throw new UnsupportedOperationException("Anthropic's batches carry their lines in the create");
    }

    @Override
    public BatchExchange<List<String>> uploaded(String name) {
        return new BatchExchange.Done<>(List.of());
    }

    @Override
    public BatchExchange<Boolean> deleteInput(String fileId) {
        return new BatchExchange.Done<>(false);
    }

    @Override
    public BatchExchange<RemoteBatch> create(BatchCreation creation) throws InterruptedException {
        HttpRequest request = HttpRequest.builder()
                .method(HttpMethod.POST)
                .baseUrl(url)
                .addPathSegments("v1", "messages", "batches")
                .putHeader(VERSION, AnthropicRequest.VERSION_WITH_TEMPERATURE)
                .putHeader("Accept", "application/json")
                .body(body(creation.input()))
                .build();
        return ask(() -> {
            try (HttpResponse response = http.execute(request, options(settings, creation.within()))) {
                if (response.statusCode() < 200 || response.statusCode() >= 300) {
                    throw new Refused(
                            errors.refused(response.statusCode(), response.headers(), error(response), redaction));
                }
                return AnthropicBatch.of(JSON.readTree(response.body()))
                        .orElseThrow(() -> new MalformedAnswer("the answer to a create is not a batch"));
            }
        });
    }

    /// A file of ours that is not there is no failure of the provider's.
    private static FileBody body(BatchInput input) {
        try {
            return FileBody.of(input.file());
        } catch (IOException missing) {
            throw new UncheckedIOException("The input of a batch cannot be read", missing);
        }
    }

    private static @Nullable JsonNode error(HttpResponse response) {
        try {
            return JSON.readTree(response.body());
        } catch (IOException _) {
            return null; // the status says enough
        }
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> find(String remoteId) throws InterruptedException {
        return ask(() -> retrieve(remoteId));
    }

    private Optional<RemoteBatch> retrieve(String remoteId) throws IOException, MalformedAnswer {
        var params = BatchRetrieveParams.builder()
                .messageBatchId(remoteId)
                .replaceAdditionalHeaders(VERSION, AnthropicRequest.VERSION_WITH_TEMPERATURE)
                .build();
        try {
            JsonNode batch;
            try (var answer = client.messages().batches().withRawResponse().retrieve(params, ordinary)) {
                batch = read(answer);
            }
            Optional<RemoteBatch> found = AnthropicBatch.of(batch);
            if (found.isEmpty() && !JsonTree.has(batch, "error")) {
                throw new MalformedAnswer("the answer is not a batch");
            }
            return found;
        } catch (AnthropicServiceException refused) {
            if (refused.statusCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    @Override
    public BatchExchange<List<RemoteBatch>> createdSince(Instant since) throws InterruptedException {
        return ask(() -> {
            var found = new LinkedHashMap<String, RemoteBatch>();
            var params = BatchListParams.builder()
                    .limit(PAGE)
                    .replaceAdditionalHeaders(VERSION, AnthropicRequest.VERSION_WITH_TEMPERATURE);
            while (true) {
                JsonNode page;
                try (var answer = client.messages().batches().withRawResponse().list(params.build(), ordinary)) {
                    page = read(answer);
                }
                if (!page.path("data").isArray()) {
                    throw new MalformedAnswer("the answer is not a list");
                }
                List<RemoteBatch> batches = page.path("data")
                        .valueStream()
                        .flatMap(batch -> AnthropicBatch.of(batch).stream())
                        .toList();
                int known = found.size();
                batches.stream()
                        .filter(batch -> !batch.createdAt().isBefore(since))
                        .forEach(batch -> found.putIfAbsent(batch.id(), batch));
                boolean older =
                        batches.stream().anyMatch(batch -> batch.createdAt().isBefore(since));
                String next = JsonTree.text(page, "last_id");
                if (older || !page.path("has_more").asBoolean(false) || next == null || found.size() == known) {
                    return List.copyOf(found.values());
                }
                params.afterId(next);
            }
        });
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> cancel(String remoteId) throws InterruptedException {
        var params = BatchCancelParams.builder()
                .messageBatchId(remoteId)
                .replaceAdditionalHeaders(VERSION, AnthropicRequest.VERSION_WITH_TEMPERATURE)
                .build();
        return ask(() -> {
            try {
                JsonNode batch;
                try (var answer = client.messages().batches().withRawResponse().cancel(params, ordinary)) {
                    batch = read(answer);
                }
                return Optional.of(AnthropicBatch.of(batch)
                        .orElseThrow(() -> new MalformedAnswer("the answer to a cancel is not a batch")));
            } catch (AnthropicServiceException refused) {
                if (refused.statusCode() == NOT_FOUND) {
                    return Optional.empty();
                }
                if (NOT_TO_BE_STOPPED.contains(refused.statusCode())) {
                    return retrieve(remoteId);
                }
                throw refused;
            }
        });
    }

    /// They are asked for by the batch's id: the address that the provider names may be any, and the key is
    /// for the configured one alone.
    @Override
    public BatchExchange<Integer> results(RemoteBatch batch, LineSink sink) throws InterruptedException {
        var mapping = new AnthropicLine(redaction);
        int read = 0;
        try (var lines = ResultLines.of(() -> content(batch.id()))) {
            while (true) {
                ResultLines.Line line;
                try {
                    line = lines.next();
                } catch (IOException broken) {
                    return new BatchExchange.Failed<>(Failures.ofConnection(broken));
                } catch (AnthropicException refused) {
                    return new BatchExchange.Failed<>(errors.translate(refused, redaction));
                }
                if (line == null) {
                    return new BatchExchange.Done<>(read);
                }
                LineResult result = mapping.read(line);
                sink.line(result);
                if (result instanceof LineResult.Unreadable && !line.terminated()) {
                    // a moment's, or the file's: its reader decides how often to try
                    return new BatchExchange.Failed<>(new ProviderError.Malformed("the results end within a line"));
                }
                read++;
            }
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // because it is closed with the body that it becomes
    private ResultLines.Body content(String remoteId) {
        var params = BatchResultsParams.builder()
                .messageBatchId(remoteId)
                .replaceAdditionalHeaders(VERSION, AnthropicRequest.VERSION_WITH_TEMPERATURE)
                .build();
        HttpResponse response = client.messages().batches().withRawResponse().resultsStreaming(params, downloading);
        return new ResultLines.Body() {
            @Override
            public InputStream stream() {
                return response.body();
            }

            @Override
            public void close() {
                response.close();
            }
        };
    }

    /// @return the body, which is small
    private static JsonNode read(HttpResponse answer) throws IOException {
        return JSON.readTree(answer.body());
    }

    @FunctionalInterface
    private interface Request<T> {
        T make() throws IOException, MalformedAnswer, Refused;
    }

    /// An answer below the SDK's services that is no success.
    private static final class Refused extends Exception {

        private static final long serialVersionUID = 1L;
        private final transient ProviderError error;

        Refused(ProviderError error) {
            this.error = error;
        }
    }

    private <T> BatchExchange<T> ask(Request<T> request) throws InterruptedException {
        return InterruptibleExchange.run(() -> {
            try {
                return new BatchExchange.Done<>(request.make());
            } catch (Refused refused) {
                return new BatchExchange.Failed<>(refused.error);
            } catch (AnthropicException failure) {
                return new BatchExchange.Failed<>(errors.translate(failure, redaction));
            } catch (JacksonException _) {
                return new BatchExchange.Failed<>(new ProviderError.Malformed("the answer is not JSON"));
            } catch (MalformedAnswer malformed) {
                return new BatchExchange.Failed<>(new ProviderError.Malformed(malformed.detail()));
            } catch (IOException broken) {
                return new BatchExchange.Failed<>(Failures.ofConnection(broken));
            }
        });
    }
}
