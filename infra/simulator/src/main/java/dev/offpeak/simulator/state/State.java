package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// All that survives a restart, kill -9 included. A method that changes something returns once the journal
/// holds it.
public final class State implements AutoCloseable {
    /// What a reset may leave alone.
    public enum Keep {
        BEHAVIOUR,
        ANSWERS
    }

    /// What ran of a batch, and what that costs.
    public record Bill(long executions, BigDecimal usd) {
        public static final Bill NONE = new Bill(0, BigDecimal.ZERO);

        Bill plus(Bill other) {
            return new Bill(executions + other.executions, usd.add(other.usd));
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(State.class);
    private static final int INDEX_EVERY = 1_000;
    private static final int REFUSALS_WORTH_COMPACTING = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final FileChannel lockFile;
    private final Journal journal;
    private final Map<PromptHash, CannedAnswer> answers = new HashMap<>();
    private final List<Long> everyThousandth = new ArrayList<>();
    private List<JsonNode> notes = new ArrayList<>();
    private volatile Behaviour behaviour = Behaviour.defaults();
    private Counts counts = new Counts();
    private long executionLines;
    private long refusalLines;
    private long settingLines;

    /// Throws [IOException] when the folder is in use by another simulator or cannot be written.
    public State(Path folder) throws IOException {
        Files.createDirectories(folder);
        lockFile = lock(folder);
        journal = Journal.open(folder.resolve("journal.ndjson"), this::replay);
        compactIfWorthwhile();
    }

    public Behaviour behaviour() {
        return behaviour;
    }

    /// Changes the fields of the patch.
    public Behaviour behave(JsonNode patch) throws BadSetting {
        lock.lock();
        try {
            Behaviour changed = behaviour.with(patch);
            append(setting(changed));
            settingLines++;
            behaviour = changed;
            return changed;
        } finally {
            lock.unlock();
        }
    }

    public @Nullable CannedAnswer answerTo(PromptHash prompt) {
        lock.lock();
        try {
            return answers.get(prompt);
        } finally {
            lock.unlock();
        }
    }

    /// Adds the answers, each in the place of an earlier one for its prompt. Returns how many there are now.
    public int supply(List<CannedAnswer> more) {
        lock.lock();
        try {
            var lines = new ByteArrayOutputStream();
            for (CannedAnswer answer : more) {
                lines.writeBytes(Json.line(setting(answer)));
            }
            journal.append(lines.toByteArray());
            settingLines += more.size();
            more.forEach(answer -> answers.put(PromptHash.of(answer.prompt()), answer));
            return answers.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    public void forgetAnswers() {
        lock.lock();
        try {
            append(Json.object().put("kind", "no_answers"));
            answers.clear();
        } finally {
            lock.unlock();
        }
    }

    /// A call came to nothing that is billed: it was refused, limited or failed.
    public void refused(Endpoint endpoint) {
        lock.lock();
        try {
            append(calls(endpoint, 1));
            refusalLines++;
            counts.called(endpoint, 1);
        } finally {
            lock.unlock();
        }
    }

    /// Something ran. The caller answers its client only after this has returned.
    public void ran(Execution execution) {
        lock.lock();
        try {
            long offset = append(execution.json(executionLines + 1));
            index(offset);
            counts.ran(execution);
        } finally {
            lock.unlock();
        }
    }

    /// Several things ran, in this order. A crash may keep the first of them only.
    public void ran(List<Execution> executions) {
        if (executions.isEmpty()) {
            return;
        }
        lock.lock();
        try {
            var lines = new ByteArrayOutputStream();
            List<Integer> starts = new ArrayList<>();
            for (Execution execution : executions) {
                starts.add(lines.size());
                lines.writeBytes(Json.line(execution.json(executionLines + starts.size())));
            }
            long offset = journal.append(lines.toByteArray());
            for (int i = 0; i < executions.size(); i++) {
                index(offset + starts.get(i));
                counts.ran(executions.get(i));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    /// Keeps a note of another feature, which finds it again after a restart. It may count as a call.
    public void note(ObjectNode note, @Nullable Endpoint counted) {
        lock.lock();
        try {
            ObjectNode line = Json.object().put("kind", "note").put("counts", counted == null ? null : counted.wire());
            line.set("note", note);
            append(line);
            if (counted != null) {
                counts.called(counted, 1);
            }
        } finally {
            lock.unlock();
        }
    }

    /// The notes that the journal held at the start, oldest first; afterwards they are forgotten here.
    public List<JsonNode> takeNotes() {
        lock.lock();
        try {
            List<JsonNode> taken = notes;
            notes = new ArrayList<>();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    public Bill billOf(String batchId) {
        lock.lock();
        try {
            return counts.billOf(batchId);
        } finally {
            lock.unlock();
        }
    }

    /// How many calls there were since the last reset.
    public long allCalls() {
        lock.lock();
        try {
            return counts.allCalls();
        } finally {
            lock.unlock();
        }
    }

    public void writeStats(JsonGenerator out, boolean withPrompts) {
        lock.lock();
        try {
            counts.write(out, withPrompts);
        } finally {
            lock.unlock();
        }
    }

    /// Streams executions as NDJSON, those behind `after` and at most `limit`. `kinds` are `execution`,
    /// `embedding`.
    public void writeExecutions(long after, long limit, Set<String> kinds, OutputStream out) throws IOException {
        long end;
        long from;
        InputStream lines;
        lock.lock();
        try {
            end = journal.length();
            int page = (int) Math.min(after / INDEX_EVERY, everyThousandth.size() - 1L);
            from = page < 0 ? end : everyThousandth.get(page);
            lines = journal.read(from);
        } finally {
            lock.unlock();
        }
        try (lines) {
            long[] left = {limit};
            Journal.scan(lines, from, end, (_, line) -> {
                if (left[0] > 0 && isExecution(line)) {
                    JsonNode json = Json.parse(line);
                    if (json.path("seq").asLong() > after
                            && kinds.contains(json.path("kind").stringValue())) {
                        left[0]--;
                        out.write(line);
                        out.write('\n');
                    }
                }
            });
        }
    }

    /// Back to the beginning, but for what is to be kept.
    public void reset(Set<Keep> keep) {
        lock.lock();
        try {
            if (!keep.contains(Keep.ANSWERS)) {
                answers.clear();
            }
            if (!keep.contains(Keep.BEHAVIOUR)) {
                behaviour = Behaviour.defaults();
            }
            journal.rewrite(this::writeSettings);
            counts = new Counts();
            everyThousandth.clear();
            executionLines = 0;
            refusalLines = 0;
            settingLines = 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            journal.close();
            lockFile.close();
        } finally {
            lock.unlock();
        }
    }

    private static FileChannel lock(Path folder) throws IOException {
        FileChannel file =
                FileChannel.open(folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held;
        try {
            held = file.tryLock();
        } catch (OverlappingFileLockException _) {
            held = null;
        }
        if (held == null) {
            file.close();
            throw new IOException("another simulator uses the folder " + folder);
        }
        return file;
    }

    private void replay(long offset, byte[] line) {
        try {
            JsonNode json = Json.parse(line);
            switch (json.path("kind").asString("")) {
                case "execution", "embedding" -> {
                    index(offset);
                    counts.ran(Execution.of(json));
                }
                case "note" -> {
                    String counted = Json.string(json, "counts");
                    if (counted != null) {
                        counts.called(Endpoint.of(counted), 1);
                    }
                    notes.add(json.path("note"));
                }
                case "calls" -> {
                    refusalLines++;
                    counts.called(
                            Endpoint.of(json.path("endpoint").stringValue()),
                            json.path("times").asLong());
                }
                case "behaviour" -> {
                    settingLines++;
                    behaviour = Behaviour.defaults().with(json.path("behaviour"));
                }
                case "answer" -> {
                    settingLines++;
                    CannedAnswer answer = CannedAnswer.of(json.path("answer"));
                    answers.put(PromptHash.of(answer.prompt()), answer);
                }
                case "no_answers" -> answers.clear();
                default -> throw new IllegalArgumentException("unknown kind");
            }
        } catch (JacksonException | BadSetting | IllegalArgumentException e) {
            LOG.atError()
                    .addKeyValue("offset", offset)
                    .addKeyValue("reason", e.getClass().getSimpleName())
                    .log(
                            "A line of the simulator's journal is not readable; what it recorded is missing from the counts");
        }
    }

    private void index(long offset) {
        if (executionLines % INDEX_EVERY == 0) {
            everyThousandth.add(offset);
        }
        executionLines++;
    }

    private void compactIfWorthwhile() throws IOException {
        long stale = settingLines - answers.size() - 1;
        if (refusalLines + stale < REFUSALS_WORTH_COMPACTING) {
            return;
        }
        List<Long> index = new ArrayList<>();
        long[] copied = {0};
        journal.rewrite(fresh -> {
            writeSettings(fresh);
            writeRefusals(fresh);
            try (InputStream old = journal.read(0)) {
                Journal.scan(old, 0, journal.length(), (_, line) -> {
                    boolean execution = isExecution(line);
                    if (execution || isNote(line)) {
                        byte[] whole = java.util.Arrays.copyOf(line, line.length + 1);
                        whole[line.length] = '\n';
                        long offset = fresh.append(whole);
                        if (execution && copied[0]++ % INDEX_EVERY == 0) {
                            index.add(offset);
                        }
                    }
                });
            }
        });
        everyThousandth.clear();
        everyThousandth.addAll(index);
    }

    private void writeSettings(Journal fresh) throws IOException {
        fresh.append(Json.line(setting(behaviour)));
        for (CannedAnswer answer : answers.values()) {
            fresh.append(Json.line(setting(answer)));
        }
    }

    /// Executions and notes count as calls by themselves; what is left are the calls that came to nothing.
    private void writeRefusals(Journal fresh) throws IOException {
        Counts billed = new Counts();
        try (InputStream old = journal.read(0)) {
            Journal.scan(old, 0, journal.length(), (_, line) -> {
                if (isExecution(line)) {
                    billed.ran(Execution.of(Json.parse(line)));
                } else if (isNote(line)) {
                    String counted = Json.string(Json.parse(line), "counts");
                    if (counted != null) {
                        billed.called(Endpoint.of(counted), 1);
                    }
                }
            });
        }
        for (Endpoint endpoint : Endpoint.values()) {
            long times = counts.calls(endpoint) - billed.calls(endpoint);
            if (times > 0) {
                fresh.append(Json.line(calls(endpoint, times)));
            }
        }
    }

    private static boolean isExecution(byte[] line) {
        return startsWith(line, "{\"kind\":\"e");
    }

    private static boolean isNote(byte[] line) {
        return startsWith(line, "{\"kind\":\"note\"");
    }

    private static boolean startsWith(byte[] line, String start) {
        for (int i = 0; i < start.length(); i++) {
            if (i >= line.length || line[i] != start.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static ObjectNode setting(Behaviour behaviour) {
        ObjectNode line = Json.object().put("kind", "behaviour");
        line.set("behaviour", behaviour.document());
        return line;
    }

    private static ObjectNode setting(CannedAnswer answer) {
        ObjectNode line = Json.object().put("kind", "answer");
        line.set("answer", answer.json());
        return line;
    }

    private static ObjectNode calls(Endpoint endpoint, long times) {
        return Json.object()
                .put("kind", "calls")
                .put("endpoint", endpoint.wire())
                .put("times", times);
    }

    private long append(ObjectNode line) {
        try {
            return journal.append(Json.line(line));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
