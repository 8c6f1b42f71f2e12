package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.batches.Batches;
import dev.offpeak.simulator.batches.Conduct;
import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.batches.Download;
import dev.offpeak.simulator.batches.StoredFile;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.serving.Serving.Reply;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.state.State;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import tools.jackson.databind.node.ObjectNode;

/// OpenAI's files. An upload goes to disk as it comes in.
@Controller
final class FileController {
    private static final Set<String> PURPOSES =
            Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

    private final Serving serving;
    private final OpenAiDialect dialect;
    private final Batches batches;
    private final State state;
    private final Clock clock;

    FileController(Serving serving, OpenAiDialect dialect, Batches batches, State state, Clock clock) {
        this.serving = serving;
        this.dialect = dialect;
        this.batches = batches;
        this.state = state;
        this.clock = clock;
    }

    @PostMapping("/v1/files")
    void create(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("files.create", dialect, request, response, () -> {
            try {
                return upload(request);
            } catch (Refused refused) {
                state.refused(Endpoint.FILES);
                throw refused;
            }
        });
    }

    @GetMapping("/v1/files")
    void list(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("files.list", dialect, request, response, () -> {
            long limit = Pages.limit(request, 10_000, 10_000);
            String purpose = request.getParameter("purpose");
            List<StoredFile> files = batches.files().newestFirst();
            if ("asc".equals(request.getParameter("order"))) {
                files = files.reversed();
            }
            List<StoredFile> wanted = files.stream()
                    .filter(file -> purpose == null || file.purpose().equals(purpose))
                    .toList();
            return new Reply.Document(
                    Pages.page(wanted, StoredFile::id, file -> json(file, true), request.getParameter("after"), limit));
        });
    }

    @GetMapping("/v1/files/{id}")
    void get(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("files.get", dialect, request, response, () -> new Reply.Document(json(found(id), true)));
    }

    @DeleteMapping("/v1/files/{id}")
    void delete(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("files.delete", dialect, request, response, () -> {
            if (!batches.files().delete(id)) {
                throw noSuchFile(id);
            }
            return new Reply.Document(
                    Json.object().put("id", id).put("object", "file").put("deleted", true));
        });
    }

    @GetMapping("/v1/files/{id}/content")
    void content(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("files.content", dialect, request, response, () -> {
            StoredFile file = found(id);
            if (clock.instant().isBefore(file.readableFrom())) {
                throw noSuchFile(id);
            }
            Download.send(file.path(), "application/octet-stream", file.name(), batches, response);
            return Reply.Other.WRITTEN;
        });
    }

    private Reply upload(HttpServletRequest request) throws Refused, IOException {
        Conduct conduct = batches.conduct();
        Duration patience = batches.take("files", Duration.ofMinutes(1), conduct.limit("uploads_per_minute"));
        if (patience != null) {
            throw new Refused(
                    429, "requests", "Rate limit reached for file uploads.", null, "rate_limit_exceeded", patience);
        }
        Multipart form = Multipart.of(request.getContentType(), request.getInputStream());
        if (form == null) {
            throw OpenAiErrors.bad(null, null, "Expected a multipart/form-data request.");
        }
        Path draft = batches.files().draft();
        try {
            StoredFile file = read(form, draft, conduct);
            long number = batches.files().uploads();
            if (conduct.drawn("upload_fails_after_storing_rate", Die.CREATE_FAILS, number)) {
                throw dialect.failure(500);
            }
            return new Reply.Document(json(file, false));
        } catch (EOFException _) {
            throw OpenAiErrors.bad(null, null, "The multipart form breaks off.");
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private StoredFile read(Multipart form, Path draft, Conduct conduct) throws Refused, IOException {
        String purpose = null;
        String name = null;
        boolean stored = false;
        for (Multipart.Part part = form.next(); part != null; part = form.next()) {
            switch (part.name()) {
                case "purpose" -> purpose = part.text();
                case "file" -> {
                    name = part.fileName();
                    store(
                            part.content(),
                            draft,
                            conduct.settings().path("max_file_bytes").asLong());
                    stored = true;
                }
                default -> {}
            }
        }
        if (!stored) {
            throw OpenAiErrors.missing("file");
        }
        if (purpose == null || purpose.isEmpty()) {
            throw OpenAiErrors.missing("purpose");
        }
        if (!PURPOSES.contains(purpose)) {
            throw OpenAiErrors.notOneOf(
                    "purpose", purpose, PURPOSES.stream().sorted().toList());
        }
        if (name == null || name.isBlank()) {
            throw OpenAiErrors.bad("file", null, "The file has no name: expected a part with a filename.");
        }
        if (purpose.equals("batch") && !name.endsWith(".jsonl")) {
            throw OpenAiErrors.bad(null, null, "Invalid file format for Batch API. Must be .jsonl");
        }
        return batches.files().keep(draft, name, purpose);
    }

    private static void store(InputStream content, Path draft, long most) throws Refused, IOException {
        try (OutputStream out = Files.newOutputStream(draft)) {
            var block = new byte[1 << 16];
            long total = 0;
            for (int size = content.read(block); size >= 0; size = content.read(block)) {
                total += size;
                if (total > most) {
                    throw OpenAiErrors.bad("file", null, "File is too large.");
                }
                out.write(block, 0, size);
            }
        }
    }

    private StoredFile found(String id) throws Refused {
        StoredFile file = batches.files().find(id);
        if (file == null || clock.instant().isAfter(expiresAt(file))) {
            throw noSuchFile(id);
        }
        return file;
    }

    private Instant expiresAt(StoredFile file) {
        return file.createdAt().plus(batches.conduct().span("files_kept_seconds"));
    }

    private static Refused noSuchFile(String id) {
        return new Refused(404, OpenAiErrors.INVALID, "No such File object: " + id, "id", null, null);
    }

    /// `expires_at` is not yet known when an upload is answered.
    private ObjectNode json(StoredFile file, boolean settled) {
        ObjectNode json = Json.object()
                .put("id", file.id())
                .put("object", "file")
                .put("bytes", file.bytes())
                .put("created_at", file.createdAt().getEpochSecond())
                .put("filename", file.name())
                .put("purpose", file.purpose())
                .put("status", "processed");
        if (settled) {
            json.put("expires_at", expiresAt(file).getEpochSecond());
        } else {
            json.putNull("expires_at");
        }
        return json.putNull("status_details");
    }
}
