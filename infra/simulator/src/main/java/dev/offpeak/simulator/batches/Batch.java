package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.state.Execution;
import dev.offpeak.simulator.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// One batch on its clock. Whatever is decided is noted first and true afterwards; what is shown is the [#view],
/// which is replaced as a whole.
final class Batch {
    static final String INPUT = "input.jsonl";
    static final String LOG = "results.log";
    static final String OUTPUT = "output.jsonl";
    static final String ERROR = "error.jsonl";

    private static final int SLICE_LINES = 256;
    private static final int SLICE_BYTES = 1 << 20;
    private static final Duration SHORTEST_WAIT = Duration.ofMillis(10);

    /// What a batch needs of the house.
    interface House {
        State state();

        LineWork.Enqueued enqueuedWithout(Batch batch);

        String nextFileId();

        /// Clients can know the file from now on.
        void adopt(StoredFile file);

        /// The batch reached a terminal phase.
        void ended(BatchView view);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final House house;
    private final LineWork work;
    private final String id;
    private final long number;
    private final Instant createdAt;
    private final Conduct conduct;
    private final JsonNode details;
    private final Path folder;
    private final boolean validates;
    private final Map<Phase, Instant> reached = new EnumMap<>(Phase.class);

    private Phase phase;
    private long lines;
    private @Nullable String model;
    private long tokens;
    private @Nullable ArrayNode errors;
    private @Nullable Instant releasedAt;
    private Tally tally = Tally.NONE;
    private @Nullable StoredFile output;
    private @Nullable StoredFile error;
    private @Nullable ResultLog log;
    private @Nullable LineReader input;
    private @Nullable BitSet half;
    private volatile boolean vanished;
    private volatile boolean deleted;
    private volatile boolean gone;
    private volatile boolean hooked;
    private volatile BatchView view;

    Batch(JsonNode created, Path folder, LineWork work, House house) {
        this.house = house;
        this.work = work;
        this.folder = folder;
        this.id = created.path("batch").asString();
        this.number = created.path("number").asLong();
        this.createdAt = Instant.parse(created.path("at").asString());
        this.conduct = new Conduct(created.path("conduct"), created.path("luck").asLong());
        this.details = created.path("details");
        this.validates = !created.has("lines");
        this.lines = created.path("lines").asLong();
        this.phase = validates ? Phase.VALIDATING : Phase.IN_PROGRESS;
        this.reached.put(phase, createdAt);
        this.view = snapshot();
    }

    static ObjectNode created(
            String id, Instant now, Provider provider, long number, Conduct conduct, JsonNode details, long lines) {
        ObjectNode note = Json.object()
                .put("batch", id)
                .put("event", "created")
                .put("at", now.toString())
                .put("provider", provider.wire())
                .put("number", number)
                .put("luck", conduct.luck());
        if (lines > 0) {
            note.put("lines", lines);
        }
        note.set("details", details);
        note.set("conduct", conduct.settings());
        return note;
    }

    BatchView view() {
        return view;
    }

    /// Whether its webhook is done with.
    boolean hooked() {
        return hooked;
    }

    void hookDone(Instant now) {
        lock.lock();
        try {
            if (!gone) {
                record("hooked", now, Json.object());
            }
        } finally {
            lock.unlock();
        }
    }

    /// Takes a note as true.
    void apply(JsonNode note) {
        lock.lock();
        try {
            String event = note.path("event").asString();
            Instant at = Instant.parse(note.path("at").asString());
            switch (event) {
                case "in_progress" -> {
                    lines = note.path("lines").asLong();
                    model = Json.string(note, "model");
                    tokens = note.path("tokens").asLong();
                    enter(Phase.IN_PROGRESS, at);
                }
                case "failed" -> {
                    errors = (ArrayNode) note.path("errors");
                    enter(Phase.FAILED, at);
                }
                case "released" -> releasedAt = at;
                case "vanished" -> vanished = true;
                case "deleted" -> deleted = true;
                case "hooked" -> hooked = true;
                case "cancelling", "finalizing" -> enter(Phase.of(event), at);
                case "completed", "expired", "cancelled" -> {
                    tally = Tally.of(note.path("tally"));
                    output = file(note.path("output"), OUTPUT, at);
                    error = file(note.path("error"), ERROR, at);
                    if (output != null && work.hasErrorFile()) {
                        house.adopt(output);
                    }
                    if (error != null) {
                        house.adopt(error);
                    }
                    enter(Phase.of(event), at);
                }
                default -> throw new IllegalArgumentException("unknown event of a batch: " + event);
            }
            view = snapshot();
        } finally {
            lock.unlock();
        }
    }

    /// Does what is due, for a moment. Returns when to come again, or null where nothing is to be done.
    @Nullable Duration advance(Instant now) throws IOException {
        lock.lock();
        try {
            if (gone || vanished) {
                return null;
            }
            return switch (phase) {
                case VALIDATING -> validating(now);
                case IN_PROGRESS -> running(now);
                case FINALIZING -> finalizing(now);
                case CANCELLING -> cancelling(now);
                case FAILED, COMPLETED, EXPIRED, CANCELLED -> null;
            };
        } catch (IOException | RuntimeException e) {
            // What was written and what was counted may differ now; the next turn reads what was written.
            closeFiles();
            throw e;
        } finally {
            lock.unlock();
        }
    }

    /// Asks it to stop. False where it is too late for that.
    boolean cancel(Instant now, boolean evenFinalizing) {
        lock.lock();
        try {
            boolean open = phase == Phase.VALIDATING
                    || phase == Phase.IN_PROGRESS
                    || (phase == Phase.FINALIZING && evenFinalizing);
            if (open && !gone) {
                record("cancelling", now, Json.object());
            }
            return open || phase == Phase.CANCELLING;
        } finally {
            lock.unlock();
        }
    }

    /// Takes it from the client's sight, once it has ended; false before that.
    boolean delete(Instant now) {
        lock.lock();
        try {
            boolean over = phase.terminal() && !gone && !deleted;
            if (over) {
                record("deleted", now, Json.object());
            }
            return over;
        } finally {
            lock.unlock();
        }
    }

    /// Lets it go on, if it stalls.
    boolean release(Instant now) {
        lock.lock();
        try {
            boolean stalls = conduct.flag("stall") && releasedAt == null && !phase.terminal() && !gone;
            if (stalls) {
                record("released", now, Json.object());
            }
            return stalls;
        } finally {
            lock.unlock();
        }
    }

    /// Does nothing any more from now on.
    void stop() {
        lock.lock();
        try {
            gone = true;
            closeFiles();
        } catch (IOException _) {
            // the files are about to be deleted, or read again by the next process
        } finally {
            lock.unlock();
        }
    }

    boolean gone() {
        return gone;
    }

    private @Nullable Duration validating(Instant now) throws IOException {
        Instant due =
                later(stalledIn(Phase.VALIDATING) ? deadline() : createdAt.plus(conduct.validation()), releasedAt);
        if (now.isBefore(due)) {
            return Duration.between(now, due);
        }
        Verdict verdict;
        try (var all = reader()) {
            verdict = work.validate(view, all, house.enqueuedWithout(this));
        }
        return switch (verdict) {
            case Verdict.Rejected rejected -> {
                ObjectNode more = Json.object();
                more.set("errors", rejected.errors());
                record("failed", now, more);
                tidy();
                house.ended(view);
                yield null;
            }
            case Verdict.Accepted accepted -> {
                record(
                        "in_progress",
                        now,
                        Json.object()
                                .put("lines", accepted.lines())
                                .put("model", accepted.model())
                                .put("tokens", accepted.tokens()));
                yield Duration.ZERO;
            }
        };
    }

    private @Nullable Duration running(Instant now) throws IOException {
        ResultLog open = openLog();
        if (tally.decided() == 0 && conduct.drawn("vanish_rate", Conduct.Die.VANISHES)) {
            record("vanished", now, Json.object());
            closeFiles();
            return null;
        }
        boolean late = !now.isBefore(deadline());
        if (tally.decided() < lines) {
            if (stalledIn(Phase.IN_PROGRESS) && !late) {
                return Duration.between(now, deadline());
            }
            long target = late ? lines : dueBy(now);
            if (tally.decided() >= target) {
                return untilNextLine(now);
            }
            slice(open, target, now);
            return Duration.ZERO;
        }
        if (conduct.expires()) {
            return late ? end(Phase.EXPIRED, now) : Duration.between(now, deadline());
        }
        if (tally.expired() > 0) {
            return end(Phase.EXPIRED, now);
        }
        record("finalizing", now, Json.object());
        return Duration.ZERO;
    }

    private @Nullable Duration finalizing(Instant now) throws IOException {
        Instant due = later(
                stalledIn(Phase.FINALIZING)
                        ? deadline()
                        : since(Phase.FINALIZING).plus(conduct.finalizing()),
                releasedAt);
        return now.isBefore(due) ? Duration.between(now, due) : end(Phase.COMPLETED, now);
    }

    private @Nullable Duration cancelling(Instant now) throws IOException {
        Instant due = since(Phase.CANCELLING).plus(conduct.cancelling());
        if (now.isBefore(due)) {
            return Duration.between(now, due);
        }
        ResultLog open = openLog();
        if (tally.decided() < lines) {
            slice(open, lines, now);
            return Duration.ZERO;
        }
        return end(Phase.CANCELLED, now);
    }

    /// Decides the next few lines.
    private void slice(ResultLog open, long target, Instant now) throws IOException {
        LineReader in = openInput();
        List<Outcome> outcomes = new ArrayList<>();
        List<Execution> ran = new ArrayList<>();
        Tally after = tally;
        long bytes = 0;
        while (after.decided() < target && outcomes.size() < SLICE_LINES && bytes < SLICE_BYTES) {
            byte[] line = in.next();
            if (line == null) {
                throw new IOException("the input of " + id + " has become shorter");
            }
            Outcome outcome = decide(line, after.decided(), now);
            Execution execution = outcome.execution();
            outcomes.add(outcome);
            bytes += line.length + outcome.text().length;
            after = after.plus(outcome.fate(), execution == null ? null : execution.usage(), outcome.thought());
            if (execution != null) {
                ran.add(execution);
            }
        }
        open.append(outcomes);
        house.state().ran(ran);
        tally = after;
        view = snapshot();
    }

    private Outcome decide(byte[] line, long index, Instant now) {
        if (phase == Phase.CANCELLING && !conduct.drawn("cancel_finishes_rate", Conduct.Die.LINE_DRAINS, index)) {
            return work.unrun(view, line, LineWork.Unrun.CANCELLED);
        }
        boolean tooLate = conduct.expires()
                ? !half().get((int) index) || stalledIn(Phase.IN_PROGRESS)
                : !now.isBefore(deadline());
        if (tooLate) {
            return work.unrun(view, line, LineWork.Unrun.EXPIRED);
        }
        if (conduct.drawn("line_lost_rate", Conduct.Die.LINE_LOST, index)) {
            return Outcome.LOST;
        }
        if (conduct.drawn("line_error_rate", Conduct.Die.LINE_FAILS, index)) {
            return work.unrun(view, line, LineWork.Unrun.FAILED);
        }
        if (conduct.drawn("line_timeout_rate", Conduct.Die.LINE_TIMES_OUT, index)) {
            return work.unrun(view, line, LineWork.Unrun.TIMED_OUT);
        }
        return work.run(view, line, index, now);
    }

    /// Writes what clients download, and with the note that speaks of it the batch is over.
    private @Nullable Duration end(Phase how, Instant now) throws IOException {
        ObjectNode more = Json.object();
        if (lines > 0) {
            ResultFiles.Sizes sizes = ResultFiles.write(openLog(), folder, conduct, work, view);
            if (sizes.outputLines() > 0 || !work.hasErrorFile()) {
                more.putObject("output").put("id", house.nextFileId()).put("bytes", sizes.outputBytes());
            }
            if (sizes.errorLines() > 0 && !conduct.flag("error_file_missing")) {
                more.putObject("error").put("id", house.nextFileId()).put("bytes", sizes.errorBytes());
            }
        }
        more.set("tally", tally.json());
        work.ended(view, now);
        record(how.wire(), now, more);
        closeFiles();
        tidy();
        house.ended(view);
        return null;
    }

    /// Removes what nobody reads any more.
    void tidy() throws IOException {
        if (view.phase().terminal()) {
            Files.deleteIfExists(folder.resolve(LOG));
            Files.deleteIfExists(folder.resolve(INPUT));
        }
    }

    private void record(String event, Instant now, ObjectNode more) {
        ObjectNode note = Json.object().put("batch", id).put("event", event).put("at", now.toString());
        note.setAll(more);
        house.state().note(note, null);
        apply(note);
    }

    /// Opens the log, and gives the journal what it lacks of it.
    private ResultLog openLog() throws IOException {
        if (log != null) {
            return log;
        }
        long known = house.state().billOf(id).executions();
        List<Execution> missing = new ArrayList<>();
        var sum = new Object() {
            Tally tally = Tally.NONE;
            long ran;
        };
        ResultLog opened = ResultLog.open(folder.resolve(LOG), header -> {
            Execution execution = header.execution();
            sum.tally = sum.tally.plus(header.fate(), execution == null ? null : execution.usage(), header.thought());
            if (execution != null && sum.ran++ >= known) {
                missing.add(execution);
            }
        });
        log = opened;
        house.state().ran(missing);
        tally = sum.tally;
        view = snapshot();
        return opened;
    }

    private LineReader openInput() throws IOException {
        if (input != null) {
            return input;
        }
        LineReader opened = reader();
        for (long i = 0; i < tally.decided(); i++) {
            opened.next();
        }
        input = opened;
        return opened;
    }

    private LineReader reader() throws IOException {
        return new LineReader(Files.newInputStream(folder.resolve(INPUT)));
    }

    private void closeFiles() throws IOException {
        try (var _ = log;
                var _ = input) {
            log = null;
            input = null;
        }
    }

    /// The lines that finish before an expiry that is planned: one half of them, exactly.
    private BitSet half() {
        if (half == null) {
            int all = (int) lines;
            int wanted = (all + (conduct.roll(Conduct.Die.HALF) < 0.5 ? 1 : 0)) / 2;
            var drawn = new BitSet(all);
            for (int i = 0; i < all && wanted > 0; i++) {
                if (conduct.roll(Conduct.Die.HALF, i) * (all - i) < wanted) {
                    drawn.set(i);
                    wanted--;
                }
            }
            half = drawn;
        }
        return half;
    }

    private long dueBy(Instant now) {
        Duration whole = running();
        if (!whole.isPositive()) {
            return lines;
        }
        double part = (double) Duration.between(started(), now).toNanos() / whole.toNanos();
        return Math.clamp((long) Math.floor(part * lines), 0, lines);
    }

    private Duration untilNextLine(Instant now) {
        double part = (double) (tally.decided() + 1) / lines;
        Instant due = started().plus(Duration.ofNanos((long) (running().toNanos() * part)));
        Duration wait = Duration.between(now, due);
        return wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
    }

    private Instant started() {
        return later(since(Phase.IN_PROGRESS), releasedAt);
    }

    /// How long lines take, which leaves a tenth of the window before a planned expiry.
    private Duration running() {
        Duration most = Duration.between(started(), deadline()).multipliedBy(9).dividedBy(10);
        Duration wanted = conduct.running(validates);
        return wanted.compareTo(most) > 0 ? most : wanted;
    }

    private Instant deadline() {
        return createdAt.plus(conduct.window());
    }

    private boolean stalledIn(Phase where) {
        return releasedAt == null && conduct.stallsIn(where);
    }

    private Instant since(Phase which) {
        return reached.getOrDefault(which, createdAt);
    }

    private void enter(Phase next, Instant at) {
        phase = next;
        reached.put(next, at);
    }

    private @Nullable StoredFile file(JsonNode json, String name, Instant at) {
        if (!json.isObject()) {
            return null;
        }
        return new StoredFile(
                json.path("id").asString(),
                id + "_" + name,
                "batch_output",
                json.path("bytes").asLong(),
                at,
                folder.resolve(name),
                at.plus(conduct.span("file_content_404_seconds")));
    }

    private BatchView snapshot() {
        return new BatchView(
                id,
                work.provider(),
                number,
                createdAt,
                conduct,
                details,
                phase,
                Collections.unmodifiableMap(new EnumMap<>(reached)),
                lines,
                model,
                tokens,
                errors,
                tally,
                output,
                error,
                folder,
                vanished,
                deleted);
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other == null || one.isAfter(other) ? one : other;
    }
}
