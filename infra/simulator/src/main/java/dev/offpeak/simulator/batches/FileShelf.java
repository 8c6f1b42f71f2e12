package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.state.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// The files that clients know: uploads, and what batches left.
public final class FileShelf {
    private static final Duration KEPT = Duration.ofDays(30);
    private static final String PART = ".part";

    private final Path folder;
    private final State state;
    private final Ids ids;
    private final Clock clock;
    private final Map<String, StoredFile> files = new LinkedHashMap<>();
    private long uploads;

    FileShelf(Path folder, State state, Ids ids, Clock clock) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.state = state;
        this.ids = ids;
        this.clock = clock;
    }

    /// A place for an upload that is on its way.
    public Path draft() {
        return folder.resolve(ids.next("file-") + PART);
    }

    /// The upload is complete: from now on it is a file.
    public StoredFile keep(Path draft, String name, String purpose) throws IOException {
        String id = draft.getFileName().toString().replace(PART, "");
        Path path = folder.resolve(id);
        Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
        Instant now = clock.instant();
        var file = new StoredFile(id, name, purpose, Files.size(path), now, path, now);
        synchronized (this) {
            state.note(
                    Json.object()
                            .put("file", id)
                            .put("name", name)
                            .put("purpose", purpose)
                            .put("bytes", file.bytes())
                            .put("at", now.toString()),
                    Endpoint.FILES);
            files.put(id, file);
            uploads++;
        }
        return file;
    }

    public synchronized @Nullable StoredFile find(String id) {
        return files.get(id);
    }

    /// How many uploads there were since the start or the last reset, which numbers them.
    public synchronized long uploads() {
        return uploads;
    }

    public synchronized List<StoredFile> newestFirst() {
        return new ArrayList<>(files.values()).reversed();
    }

    public synchronized boolean delete(String id) throws IOException {
        StoredFile file = files.get(id);
        if (file == null) {
            return false;
        }
        state.note(Json.object().put("file", id).put("deleted", true), null);
        files.remove(id);
        Files.deleteIfExists(file.path());
        return true;
    }

    synchronized void adopt(StoredFile file) {
        files.put(file.id(), file);
    }

    synchronized void replay(JsonNode note) {
        String id = note.path("file").asString();
        if (note.path("deleted").asBoolean()) {
            files.remove(id);
            return;
        }
        Instant at = Instant.parse(note.path("at").asString());
        files.put(
                id,
                new StoredFile(
                        id,
                        note.path("name").asString(),
                        note.path("purpose").asString(),
                        note.path("bytes").asLong(),
                        at,
                        folder.resolve(id),
                        at));
        uploads++;
    }

    /// Removes what has expired for good, and what no note speaks of.
    synchronized void sweep() throws IOException {
        Instant longAgo = clock.instant().minus(KEPT);
        for (StoredFile file : List.copyOf(files.values())) {
            if (file.createdAt().isBefore(longAgo)) {
                delete(file.id());
            }
        }
        Folders.keepOnly(folder, Set.copyOf(files.keySet()));
    }

    synchronized void clear() throws IOException {
        files.clear();
        uploads = 0;
        Folders.keepOnly(folder, Set.of());
    }
}
