package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.state.State;
import dev.offpeak.simulator.tokens.Hashes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// All batches of both providers.
public final class Batches implements AutoCloseable {
    private static final long LUCK = 0xba7c4L;

    private final State state;
    private final Ids ids;
    private final Clock clock;
    private final Path folder;
    private final FileShelf shelf;
    private final Webhooks webhooks;
    private final Map<Provider, LineWork> works = new EnumMap<>(Provider.class);
    private final ConcurrentSkipListMap<Long, Batch> byNumber = new ConcurrentSkipListMap<>();
    private final Map<String, Batch> byId = new ConcurrentHashMap<>();
    private final Turns turns;
    private final Map<String, Quota> quotas = new ConcurrentHashMap<>();
    private final AtomicLong downloads = new AtomicLong();
    private final Batch.House house;

    /// Takes up what the folder holds.
    public Batches(Path root, State state, List<LineWork> works, Ids ids, Clock clock) throws IOException {
        this.state = state;
        this.ids = ids;
        this.clock = clock;
        this.folder = Files.createDirectories(root.resolve("batches"));
        this.shelf = new FileShelf(root.resolve("files"), state, ids, clock);
        this.turns = new Turns(clock);
        this.webhooks = new Webhooks(clock, this::hookDone);
        works.forEach(work -> this.works.put(work.provider(), work));
        this.house = new Batch.House() {
            @Override
            public State state() {
                return state;
            }

            @Override
            public LineWork.Enqueued enqueuedWithout(Batch batch) {
                return model -> enqueued(model, batch);
            }

            @Override
            public String nextFileId() {
                return ids.next("file-");
            }

            @Override
            public void adopt(StoredFile file) {
                shelf.adopt(file);
            }

            @Override
            public void ended(BatchView view) {
                webhooks.announce(view);
            }
        };
        state.takeNotes().forEach(this::replay);
        shelf.sweep();
        Folders.keepOnly(folder, Set.copyOf(byId.keySet()));
        for (Batch batch : byNumber.values()) {
            batch.tidy();
        }
        behaviourChanged();
        byNumber.values().forEach(this::resume);
    }

    /// A folder for the lines of a batch that is about to be created.
    public final class Draft {
        private final String id;
        private final Path path;

        private Draft(String id, Path path) {
            this.id = id;
            this.path = path;
        }

        public Path input() {
            return path.resolve(Batch.INPUT);
        }

        /// Takes the lines of a file that may be deleted meanwhile.
        public void take(Path file) throws IOException {
            try {
                Files.createLink(input(), file);
            } catch (UnsupportedOperationException _) {
                Files.copy(file, input());
            }
        }

        public void discard() throws IOException {
            Folders.delete(path);
        }
    }

    public FileShelf files() {
        return shelf;
    }

    /// The conduct that is set now, with a luck that is no batch's.
    public Conduct conduct() {
        return new Conduct(
                state.behaviour().document().path("batch"),
                Hashes.mix(LUCK, state.behaviour().seed()));
    }

    /// Takes one of so many in a stretch of time, or says how long there is none.
    public @Nullable Duration take(String what, Duration span, @Nullable Long limit) {
        return quotas.computeIfAbsent(what, _ -> new Quota(span, clock)).take(limit);
    }

    boolean nextDownloadIsCut() {
        return conduct().drawn("download_cut_rate", Conduct.Die.DOWNLOAD_CUT, downloads.getAndIncrement());
    }

    /// Lines that wait or run.
    public long waiting(Provider provider) {
        long sum = 0;
        for (Batch batch : byNumber.values()) {
            BatchView view = batch.view();
            if (view.provider() == provider && !view.phase().terminal() && !view.vanished()) {
                sum += view.lines();
            }
        }
        return sum;
    }

    /// Prompt tokens of a model that wait or run.
    public long enqueued(String model) {
        return enqueued(model, null);
    }

    public Draft draft(String prefix) throws IOException {
        String id = ids.next(prefix);
        return new Draft(id, Files.createDirectories(folder.resolve(id)));
    }

    /// Creates the batch; when this returns, it exists. `lines` is 0 where validation has yet to count them.
    public BatchView create(Draft draft, Provider provider, ObjectNode details, long lines) {
        Batch batch;
        synchronized (this) {
            Map.Entry<Long, Batch> last = byNumber.lastEntry();
            long number = last == null ? 1 : last.getKey() + 1;
            long luck = Hashes.mix(Hashes.mix(LUCK, state.behaviour().seed()), number);
            var conduct = new Conduct(state.behaviour().document().path("batch"), luck);
            ObjectNode note = Batch.created(draft.id, clock.instant(), provider, number, conduct, details, lines);
            state.note(note, Endpoint.BATCHES_CREATED);
            batch = add(note);
        }
        BatchView asCreated = batch.view();
        turns.take(batch);
        return asCreated;
    }

    /// The batch, also one that clients cannot see.
    public @Nullable BatchView find(String id) {
        Batch batch = byId.get(id);
        return batch == null ? null : batch.view();
    }

    public List<BatchView> newestFirst(@Nullable Provider provider) {
        List<BatchView> views = new ArrayList<>();
        for (Batch batch : byNumber.descendingMap().values()) {
            if (provider == null || batch.view().provider() == provider) {
                views.add(batch.view());
            }
        }
        return views;
    }

    /// False where it is too late.
    public boolean cancel(String id, boolean evenFinalizing) {
        Batch batch = byId.get(id);
        if (batch == null || !batch.cancel(clock.instant(), evenFinalizing)) {
            return false;
        }
        turns.take(batch);
        return true;
    }

    /// Deletes a batch that has ended, and its results; false where there is none.
    public boolean delete(String id) throws IOException {
        Batch batch = byId.get(id);
        if (batch == null || !batch.delete(clock.instant())) {
            return false;
        }
        Folders.delete(batch.view().folder());
        return true;
    }

    /// The behaviour is another one: batches that stall may go on.
    public void behaviourChanged() {
        if (!state.behaviour().document().path("batch").path("stall").asBoolean()) {
            for (Batch batch : byNumber.values()) {
                if (batch.release(clock.instant())) {
                    turns.take(batch);
                }
            }
        }
    }

    /// Forgets everything, together with the state.
    public synchronized void reset(Runnable resetState) {
        byNumber.values().forEach(Batch::stop);
        webhooks.forget();
        quotas.clear();
        resetState.run();
        byNumber.clear();
        byId.clear();
        try {
            shelf.clear();
            Folders.keepOnly(folder, Set.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        turns.close();
        webhooks.close();
        byNumber.values().forEach(Batch::stop);
    }

    /// Prompt tokens of a model that wait or run in other batches. With the jam, none ever leave.
    private long enqueued(String model, @Nullable Batch except) {
        long sum = 0;
        for (Batch batch : byNumber.values()) {
            BatchView view = batch.view();
            boolean counts = !view.phase().terminal() || view.conduct().flag("token_limit_jam");
            if (batch != except && counts && !view.vanished() && model.equals(view.model())) {
                sum += view.tokens();
            }
        }
        return sum;
    }

    private void replay(JsonNode note) {
        if (note.has("file")) {
            shelf.replay(note);
            return;
        }
        Batch batch = byId.get(note.path("batch").asString());
        switch (note.path("event").asString("")) {
            case "created" -> add(note);
            default -> {
                if (batch != null) {
                    batch.apply(note);
                }
            }
        }
    }

    private Batch add(JsonNode note) {
        Provider provider = Provider.of(note.path("provider").asString());
        LineWork work = works.get(provider);
        if (work == null) {
            throw new IllegalStateException("nobody does the work of " + provider);
        }
        var batch = new Batch(note, folder.resolve(note.path("batch").asString()), work, house);
        byNumber.put(batch.view().number(), batch);
        byId.put(batch.view().id(), batch);
        return batch;
    }

    private void resume(Batch batch) {
        BatchView view = batch.view();
        if (!view.phase().terminal()) {
            turns.take(batch);
        } else if (!batch.hooked()) {
            webhooks.announce(view);
        }
    }

    private void hookDone(String id) {
        Batch batch = byId.get(id);
        if (batch != null) {
            batch.hookDone(clock.instant());
        }
    }
}
