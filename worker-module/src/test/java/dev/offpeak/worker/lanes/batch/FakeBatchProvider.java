package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.BatchCreation;
import dev.offpeak.shared.providers.BatchExchange;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.shared.providers.Usage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A provider's batch API in memory, whose next answers a test can choose.
final class FakeBatchProvider implements BatchProvider {

    /// What becomes of a create.
    sealed interface Script {

        /// It is made, and that is said.
        record Fine() implements Script {}

        /// It is made, and something else is said.
        record MadeBut(ProviderError error) implements Script {}

        /// It is not made.
        record NotMade(ProviderError error) implements Script {}

        /// It is made, and then the caller's process ends.
        record MadeThenDead() implements Script {}

        /// The caller's process ends before it is made.
        record DeadBefore() implements Script {}
    }

    /// Ends a thread as the end of its process would: nothing of ours runs after it.
    static final class ProcessDied extends Error {
        private static final long serialVersionUID = 1L;
    }

    /// A batch as it is made and moved by tests.
    static final class Made {
        final String id;
        final int lines;
        final Instant createdAt;
        final @Nullable String fileId;
        final Map<String, String> tag;
        final String input;
        RemoteBatch.Status status = RemoteBatch.Status.RUNNING;
        boolean cancelled;

        @Nullable Usage answer;

        int completed;

        @Nullable String errorCode;

        @Nullable String errorMessage;

        Made(String id, int lines, Instant createdAt, @Nullable String fileId, Map<String, String> tag, String input) {
            this.id = id;
            this.lines = lines;
            this.createdAt = createdAt;
            this.fileId = fileId;
            this.tag = tag;
            this.input = input;
        }
    }

    final Map<String, Made> batches = new LinkedHashMap<>();
    final Map<String, String> files = new LinkedHashMap<>();
    final Map<String, String> contents = new HashMap<>();
    final List<String> deleted = new ArrayList<>();
    final Deque<Script> creates = new ArrayDeque<>();
    final Deque<ProviderError> uploads = new ArrayDeque<>();
    final Deque<ProviderError> finds = new ArrayDeque<>();
    final Deque<ProviderError> unreadable = new ArrayDeque<>();
    final Deque<ProviderError> lists = new ArrayDeque<>();
    final Deque<ProviderError> cancels = new ArrayDeque<>();
    final Map<String, List<LineResult>> results = new HashMap<>();
    final Map<String, ProviderError> brokenResults = new HashMap<>();
    final Set<String> unlisted = new HashSet<>();
    long mostBytes = 1_000_000;
    boolean tags = true;
    int created;
    int listed;
    private int names;
    private Instant now = InstantSource.system().instant().plusSeconds(1);

    @Override
    public String name() {
        return "openai";
    }

    @Override
    public BatchCapabilities capabilities() {
        return new BatchCapabilities(
                Duration.ofHours(24),
                50_000,
                mostBytes,
                true,
                tags ? QuotaUnit.TOKENS_OF_MODEL : QuotaUnit.REQUESTS,
                2_000,
                tags,
                tags,
                true,
                true,
                false,
                !tags,
                _ -> true,
                _ -> 20);
    }

    @Override
    public void writeLine(BatchLine line, boolean first, OutputStream out) throws IOException {
        out.write((line.customId() + " " + line.messages().getLast().content() + " " + line.cachedMessages() + "\n")
                .getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void writeFrame(boolean opening, OutputStream out) {}

    @Override
    public BatchExchange<String> upload(BatchInput input) {
        if (!uploads.isEmpty()) {
            return new BatchExchange.Failed<>(uploads.remove());
        }
        String id = "file-" + (files.size() + deleted.size() + 1);
        files.put(id, input.name());
        contents.put(id, read(input));
        return new BatchExchange.Done<>(id);
    }

    private static String read(BatchInput input) {
        try {
            return Files.readString(input.file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public BatchExchange<List<String>> uploaded(String name) {
        return new BatchExchange.Done<>(files.entrySet().stream()
                .filter(file -> file.getValue().equals(name))
                .map(Map.Entry::getKey)
                .toList());
    }

    @Override
    public BatchExchange<Boolean> deleteInput(String fileId) {
        deleted.add(fileId);
        return new BatchExchange.Done<>(files.remove(fileId) != null);
    }

    @Override
    public BatchExchange<RemoteBatch> create(BatchCreation creation) {
        created++;
        Script script = creates.isEmpty() ? new Script.Fine() : creates.remove();
        return switch (script) {
            case Script.Fine _ -> new BatchExchange.Done<>(show(make(creation)));
            case Script.MadeBut(ProviderError error) -> {
                make(creation);
                yield new BatchExchange.Failed<>(error);
            }
            case Script.NotMade(ProviderError error) -> new BatchExchange.Failed<>(error);
            case Script.MadeThenDead _ -> {
                make(creation);
                throw new ProcessDied();
            }
            case Script.DeadBefore _ -> throw new ProcessDied();
        };
    }

    Made make(BatchCreation creation) {
        String file = creation.fileId();
        return make(
                creation.input().lines(),
                file,
                tags ? creation.tag() : Map.of(),
                file == null ? read(creation.input()) : contents.getOrDefault(file, ""));
    }

    Made make(int lines, @Nullable String file, Map<String, String> tag, String input) {
        now = now.plusSeconds(1);
        var made = new Made("batch-" + System.identityHashCode(this) + "-" + ++names, lines, now, file, tag, input);
        batches.put(made.id, made);
        return made;
    }

    private static RemoteBatch show(Made made) {
        return new RemoteBatch(
                made.id,
                made.status,
                made.status.name(),
                made.lines,
                made.completed,
                0,
                made.createdAt,
                null,
                null,
                made.fileId,
                null,
                null,
                null,
                made.errorCode,
                made.errorMessage,
                null,
                made.tag);
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> find(String remoteId) {
        return finds.isEmpty()
                ? new BatchExchange.Done<>(
                        Optional.ofNullable(batches.get(remoteId)).map(FakeBatchProvider::show))
                : new BatchExchange.Failed<>(finds.remove());
    }

    @Override
    public BatchExchange<List<RemoteBatch>> createdSince(Instant since) {
        listed++;
        return lists.isEmpty()
                ? new BatchExchange.Done<>(batches.values().stream()
                        .filter(made -> !made.createdAt.isBefore(since) && !unlisted.contains(made.id))
                        .map(FakeBatchProvider::show)
                        .toList()
                        .reversed())
                : new BatchExchange.Failed<>(lists.remove());
    }

    @Override
    public BatchExchange<Optional<RemoteBatch>> cancel(String remoteId) {
        if (!cancels.isEmpty()) {
            return new BatchExchange.Failed<>(cancels.remove());
        }
        Made made = batches.get(remoteId);
        if (made != null) {
            made.cancelled = true;
        }
        return new BatchExchange.Done<>(Optional.ofNullable(made).map(FakeBatchProvider::show));
    }

    @Override
    public BatchExchange<Integer> results(RemoteBatch batch, LineSink sink) throws InterruptedException {
        if (!unreadable.isEmpty()) {
            return new BatchExchange.Failed<>(unreadable.remove());
        }
        if (results.containsKey(batch.id()) || brokenResults.containsKey(batch.id())) {
            return scripted(batch.id(), sink);
        }
        Made made = Objects.requireNonNull(batches.get(batch.id()));
        Usage usage = made.answer;
        if (usage != null) {
            String customId = made.input.substring(0, made.input.indexOf(' '));
            sink.line(new LineResult.Answered(
                    customId, new Completion("OK", Completion.FinishReason.STOP, usage, "answered", null)));
        }
        return new BatchExchange.Done<>(usage == null ? 0 : 1);
    }

    private BatchExchange<Integer> scripted(String id, LineSink sink) throws InterruptedException {
        List<LineResult> lines = results.getOrDefault(id, List.of());
        for (LineResult line : lines) {
            sink.line(line);
        }
        ProviderError broken = brokenResults.get(id);
        return broken == null ? new BatchExchange.Done<>(lines.size()) : new BatchExchange.Failed<>(broken);
    }
}
