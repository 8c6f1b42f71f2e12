package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.client.OpenAIClient;
import com.openai.core.MultipartField;
import com.openai.core.ObjectMappers;
import com.openai.core.RequestOptions;
import com.openai.core.Timeout;
import com.openai.core.http.HttpResponse;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.batches.BatchCancelParams;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchListParams;
import com.openai.models.batches.BatchRetrieveParams;
import com.openai.models.files.FileContentParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileDeleteParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FilePurpose;
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
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Batches at OpenAI or at any server that speaks its Files and Batches. Answers are read as trees: what a
/// provider may leave out must not make a batch unreadable that runs, and costs.
final class OpenAiBatches implements BatchProvider {

    static final String ENDPOINT = BatchCatalogue.endpoint(ProviderSettings.OPENAI);

    private static final BatchCapabilities CAPABILITIES =
            BatchCatalogue.of(ProviderSettings.OPENAI).orElseThrow();

    private static final JsonMapper JSON = ObjectMappers.jsonMapper();
    private static final int NOT_FOUND = 404;
    /// Answers of a server that will not stop a batch that has ended.
    private static final List<Integer> NOT_TO_BE_STOPPED = List.of(400, 409);

    private static final long PAGE = 100;
    private static final long FILES_PAGE = 1_000;
    /// The file that is looked for was uploaded a short while ago.
    private static final int MOST_FILE_PAGES = 10;

    private static final Duration UPLOAD_TIMEOUT = Duration.ofMinutes(15);

    private final OpenAIClient client;
    private final Redaction redaction;
    private final OpenAiErrors errors;
    private final RequestOptions ordinary;
    private final RequestOptions uploading;
    private final RequestOptions downloading;

    /// @param client its own retries off
    /// @param key what must not show up in an error
    OpenAiBatches(OpenAIClient client, Optional<String> key, ProviderSettings settings, Clock clock) {
        this.client = client;
        this.redaction = new Redaction(key, List.of());
        this.errors = new OpenAiErrors(clock);
        this.ordinary = options(settings, settings.timeout());
        this.uploading = options(settings, UPLOAD_TIMEOUT);
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
        return ProviderSettings.OPENAI;
    }

    @Override
    public BatchCapabilities capabilities() {
        return CAPABILITIES;
    }

    @Override
    public void writeLine(BatchLine line, boolean first, OutputStream out) throws IOException {
        var request = JSON.createObjectNode()
                .put("custom_id", line.customId())
                .put("method", "POST")
                .put("url", ENDPOINT);
        request.set("body", JSON.valueToTree(OpenAiRequest.body(line)));
        out.write(JSON.writeValueAsString(request).getBytes(StandardCharsets.UTF_8));
        out.write('\n');
    }

    @Override
    public void writeFrame(boolean opening, OutputStream out) {
        // plain lines
    }

    @Override
    public BatchExchange<String> upload(BatchInput input) throws InterruptedException {
        return ask(() -> {
            try (InputStream lines = open(input)) {
                var params = FileCreateParams.builder()
                        .purpose(FilePurpose.BATCH)
                        .file(MultipartField.<InputStream>builder()
                                .value(lines)
                                .filename(input.name())
                                .build())
                        .build();
                JsonNode file;
                try (var answer = client.files().withRawResponse().create(params, uploading)) {
                    file = read(answer);
                }
                return Optional.ofNullable(JsonTree.text(file, "id"))
                        .orElseThrow(() -> new MalformedAnswer("the answer to an upload has no file id"));
            }
        });
    }

    /// A file of ours that is not there is no failure of the provider's.
    private static InputStream open(BatchInput input) {
        try {
            return Files.newInputStream(input.file());
        } catch (IOException missing) {
            throw new UncheckedIOException("The input of a batch cannot be read", missing);
        }
    }

    @Override
    public BatchExchange<List<String>> uploaded(String name) throws InterruptedException {
        return ask(() -> {
            var found = new ArrayList<String>();
            var params = FileListParams.builder()
                    .purpose("batch")
                    .order(FileListParams.Order.DESC)
                    .limit(FILES_PAGE);
            String last = "";
            for (int page = 0; page < MOST_FILE_PAGES; page++) {
                JsonNode files;
                try (var answer = client.files().withRawResponse().list(params.build(), ordinary)) {
                    files = read(answer);
                }
                entries(files)
                        .filter(file -> name.equals(JsonTree.text(file, "filename")))
                        .flatMap(file -> Optional.ofNullable(JsonTree.text(file, "id")).stream())
                        .forEach(found::add);
                String next = next(files);
                if (next.isEmpty() || next.equals(last)) {
                    break;
                }
                last = next;
                params.after(next);
            }
            return List.copyOf(found);
        });
    }

    @Override
    public BatchExchange<Boolean> deleteInput(String fileId) throws InterruptedException {
        return ask(() -> {
            try {
                try (var answer = client.files()
                        .withRawResponse()
                        .delete(FileDeleteParams.builder().fileId(fileId).build(), ordinary)) {
                    read(answer);
                }
                return true;
            } catch (OpenAIServiceException refused) {
                if (refused.statusCode() == NOT_FOUND) {
                    return false;
                }
                throw refused;
            }
        });
    }

    @Override
    public BatchExchange<RemoteBatch> create(BatchCreation creation) throws InterruptedException {
        String file = creation.fileId();
        if (file == null) {
            throw new IllegalArgumentException("OpenAI's batches are made of an uploaded file");
        }
        var metadata = BatchCreateParams.Metadata.builder();
        creation.tag().forEach(metadata::putProperty);
        var params = BatchCreateParams.builder()
                .inputFileId(file)
                .endpoint(BatchCreateParams.Endpoint.of(creation.endpoint()))
                .completionWindow(BatchCreateParams.CompletionWindow.of(hours(CAPABILITIES.window())))
                .metadata(metadata.build())
                .build();
        return ask(() -> {
            try (var answer = client.batches().withRawResponse().create(params, ordinary)) {
                return OpenAiBatch.of(read(answer), redaction)
                        .orElseThrow(() -> new MalformedAnswer("the answer to a create is not a batch"));
            }
        });
    }

    private static String hours(Duration window) {
        return window.toHours() + "h";
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> find(String remoteId) throws InterruptedException {
        return ask(() -> retrieve(remoteId));
    }

    /// A vanished batch is answered with 404, or with an error in a success.
    private Optional<RemoteBatch> retrieve(String remoteId) throws IOException, MalformedAnswer {
        try {
            JsonNode batch;
            try (var answer = client.batches()
                    .withRawResponse()
                    .retrieve(BatchRetrieveParams.builder().batchId(remoteId).build(), ordinary)) {
                batch = read(answer);
            }
            Optional<RemoteBatch> found = OpenAiBatch.of(batch, redaction);
            if (found.isEmpty() && !JsonTree.has(batch, "error")) {
                throw new MalformedAnswer("the answer is not a batch");
            }
            return found;
        } catch (OpenAIServiceException refused) {
            if (refused.statusCode() == NOT_FOUND) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    @Override
    public BatchExchange<List<RemoteBatch>> createdSince(Instant since) throws InterruptedException {
        Instant second = since.truncatedTo(ChronoUnit.SECONDS); // finer than that, nothing is known
        return ask(() -> {
            var found = new LinkedHashMap<String, RemoteBatch>();
            var params = BatchListParams.builder().limit(PAGE);
            while (true) {
                JsonNode page;
                try (var answer = client.batches().withRawResponse().list(params.build(), ordinary)) {
                    page = read(answer);
                }
                List<RemoteBatch> batches = entries(page)
                        .flatMap(batch -> OpenAiBatch.of(batch, redaction).stream())
                        .toList();
                int known = found.size();
                batches.stream()
                        .filter(batch -> !batch.createdAt().isBefore(second))
                        .forEach(batch -> found.putIfAbsent(batch.id(), batch));
                boolean older =
                        batches.stream().anyMatch(batch -> batch.createdAt().isBefore(second));
                String next = next(page);
                if (older || next.isEmpty() || found.size() == known) {
                    return List.copyOf(found.values());
                }
                params.after(next);
            }
        });
    }

    private static Stream<JsonNode> entries(JsonNode page) throws MalformedAnswer {
        if (!page.path("data").isArray()) {
            throw new MalformedAnswer("the answer is not a list");
        }
        return page.path("data").valueStream();
    }

    /// @return what the next page begins after, blank where there is none
    private static String next(JsonNode page) {
        if (!page.path("has_more").asBoolean(false)) {
            return "";
        }
        String last = JsonTree.text(page, "last_id");
        if (last != null) {
            return last;
        }
        JsonNode data = page.path("data");
        return data.path(data.size() - 1).path("id").asText("");
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> cancel(String remoteId) throws InterruptedException {
        return ask(() -> {
            try {
                JsonNode batch;
                try (var answer = client.batches()
                        .withRawResponse()
                        .cancel(BatchCancelParams.builder().batchId(remoteId).build(), ordinary)) {
                    batch = read(answer);
                }
                return Optional.of(OpenAiBatch.of(batch, redaction)
                        .orElseThrow(() -> new MalformedAnswer("the answer to a cancel is not a batch")));
            } catch (OpenAIServiceException refused) {
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

    @Override
    public BatchExchange<Integer> results(RemoteBatch batch, LineSink sink) throws InterruptedException {
        int read = 0;
        BatchExchange.@Nullable Failed<Integer> cut = null;
        for (String file : Stream.of(
                        Optional.ofNullable(batch.outputFileId()), Optional.ofNullable(batch.errorFileId()))
                .flatMap(Optional::stream)
                .toList()) {
            switch (results(file, sink)) {
                case BatchExchange.Done<Integer>(Integer lines) -> read += lines;
                case BatchExchange.Failed<Integer> failed -> {
                    if (!(failed.error() instanceof ProviderError.Malformed)) {
                        return failed;
                    }
                    cut = failed; // the other file may be whole
                }
            }
        }
        return cut == null ? new BatchExchange.Done<>(read) : cut;
    }

    private BatchExchange<Integer> results(String file, LineSink sink) throws InterruptedException {
        var mapping = new OpenAiLine(redaction);
        int read = 0;
        try (var lines = ResultLines.of(() -> content(file))) {
            while (true) {
                ResultLines.Line line;
                try {
                    line = lines.next();
                } catch (IOException broken) {
                    return new BatchExchange.Failed<>(Failures.ofConnection(broken));
                } catch (OpenAIException refused) {
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
    private ResultLines.Body content(String file) {
        var params = FileContentParams.builder().fileId(file).build();
        HttpResponse response = client.files().withRawResponse().content(params, downloading);
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
        T make() throws IOException, MalformedAnswer;
    }

    private <T> BatchExchange<T> ask(Request<T> request) throws InterruptedException {
        return InterruptibleExchange.run(() -> {
            try {
                return new BatchExchange.Done<>(request.make());
            } catch (OpenAIException failure) {
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
