package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.providerbatches.BatchLines;
import dev.offpeak.shared.providerbatches.CustomId;
import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providers.BatchInput;
import dev.offpeak.shared.providers.BatchLine;
import dev.offpeak.shared.providers.BatchProvider;
import dev.offpeak.shared.providers.ChatMessage;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.workflows.Workflow;
import dev.offpeak.worker.lanes.RequestAssembly;
import dev.offpeak.worker.lanes.Rules;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/// Makes inputs of lines, one line after the other: however large a batch is, this takes the memory of a
/// few lines.
final class InputWriter {

    private static final int BUFFER = 1 << 16;

    /// The number of the one line of a primer.
    static final int STUB = 1;

    static final int STUB_OUTPUT = 8;

    private static final ChatMessage STUB_MESSAGE = new ChatMessage(ChatMessage.Role.USER, "Say OK.");

    private final BatchLines lines;
    private final Rules rules;
    private final InputFolder folder;
    private final TokenCounter counter;

    InputWriter(BatchLines lines, Rules rules, InputFolder folder, TokenCounter counter) {
        this.lines = lines;
        this.rules = rules;
        this.folder = folder;
        this.counter = counter;
    }

    /// @param cached whether the provider is told to keep the prefix that the lines share
    /// @return to be closed
    /// @throws InputTooLarge where it outgrows what the provider takes; nothing is left of it then
    Input write(ProviderBatchRow batch, BatchProvider provider, String name, boolean cached)
            throws IOException, InterruptedException {
        Path file = folder.create(name);
        try {
            return write(batch, provider, file, name, cached);
        } catch (IOException | InterruptedException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    private Input write(ProviderBatchRow batch, BatchProvider provider, Path file, String name, boolean cached)
            throws IOException, InterruptedException {
        MessageDigest digest = sha256();
        var written = new AtomicInteger();
        List<Integer> unsendable = new ArrayList<>();
        // Not a channel: an interrupt in the middle of a write would close it under our feet.
        try (var limited = new Limited(
                        new DigestOutputStream(new FileOutputStream(file.toFile()), digest),
                        provider.capabilities().mostBytes());
                var out = new BufferedOutputStream(limited, BUFFER)) {
            provider.writeFrame(true, out);
            if (batch.primerOf() != null) {
                Optional<BatchLine> stub = stub(batch, batch.primerOf());
                if (stub.isPresent()) {
                    provider.writeLine(stub.get(), written.getAndIncrement() == 0, out);
                } else {
                    unsendable.add(STUB);
                }
            }
            lines.read(batch, line -> {
                Optional<BatchLine> request = request(batch, line, cached);
                if (request.isPresent()) {
                    provider.writeLine(request.get(), written.getAndIncrement() == 0, out);
                } else {
                    unsendable.add(line.number());
                }
            });
            provider.writeFrame(false, out);
            out.flush();
            return new Input(
                    new BatchInput(file, name, written.get()),
                    limited.bytes,
                    HexFormat.of().formatHex(digest.digest()),
                    unsendable);
        }
    }

    /// @return empty where its request was erased or its workflow's version is gone
    private Optional<BatchLine> request(ProviderBatchRow batch, BatchLines.Line line, boolean cached) {
        var request = line.request();
        if (request == null) {
            return Optional.empty();
        }
        Optional<Workflow> rule = rules.of(batch.tenant(), line.workflow(), line.workflowVersion());
        return rule.map(workflow -> RequestAssembly.line(
                new CustomId(batch.id(), line.number()).toString(),
                batch.model(),
                request,
                workflow.definition(),
                cached));
    }

    /// The line of a primer: the prefix as the first line of its batch has it, and next to nothing else.
    ///
    /// @return empty where that batch has no line left
    private Optional<BatchLine> stub(ProviderBatchRow primer, ProviderBatchId batch) {
        return lines.first(batch)
                .flatMap(first -> rules.of(primer.tenant(), first.workflow(), first.workflowVersion()))
                .map(workflow -> RequestAssembly.prefix(workflow.definition()))
                .filter(prefix -> !prefix.isEmpty())
                .map(prefix -> new BatchLine(
                        new CustomId(primer.id(), STUB).toString(),
                        primer.model(),
                        Stream.concat(prefix.stream(), Stream.of(STUB_MESSAGE)).toList(),
                        STUB_OUTPUT,
                        null,
                        new ResponseFormat.Text(),
                        prefix.size()));
    }

    /// How many tokens the prompts have.
    long count(ProviderBatchRow batch) throws IOException, InterruptedException {
        var tokens = new AtomicLong();
        lines.read(
                batch,
                line -> tokens.addAndGet(request(batch, line, false)
                        .map(request -> counter.count(batch.account().provider(), request))
                        .orElse(0L)));
        return tokens.get();
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /// Counts, and goes no further than a limit.
    private static final class Limited extends FilterOutputStream {

        private final long most;
        private long bytes;

        Limited(OutputStream out, long most) {
            super(out);
            this.most = most;
        }

        @Override
        public void write(int b) throws IOException {
            count(1);
            out.write(b);
        }

        @Override
        public void write(byte[] b, int off, int len) throws IOException {
            count(len);
            out.write(b, off, len);
        }

        private void count(int more) throws IOException {
            bytes += more;
            if (bytes > most) {
                throw new InputTooLarge(most);
            }
        }
    }
}
