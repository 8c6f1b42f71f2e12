package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Batches;
import dev.offpeak.simulator.batches.Conduct;
import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.batches.LineReader;
import dev.offpeak.simulator.batches.StoredFile;
import dev.offpeak.simulator.batches.Verdict;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Pauses;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.serving.Serving.Reply;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import tools.jackson.databind.JsonNode;

/// OpenAI's batches. A creation that comes twice makes two batches: there is no idempotency key.
@Controller
final class BatchController {
    private final Serving serving;
    private final OpenAiDialect dialect;
    private final Batches batches;
    private final OpenAiCalls calls;
    private final Models models;
    private final Pauses pauses;
    private final Clock clock;

    BatchController(
            Serving serving,
            OpenAiDialect dialect,
            Batches batches,
            OpenAiCalls calls,
            Models models,
            Pauses pauses,
            Clock clock) {
        this.serving = serving;
        this.dialect = dialect;
        this.batches = batches;
        this.calls = calls;
        this.models = models;
        this.pauses = pauses;
        this.clock = clock;
    }

    @PostMapping("/v1/batches")
    void create(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.create", dialect, request, response, () -> create(Serving.body(dialect, request)));
    }

    @GetMapping("/v1/batches")
    void list(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.list", dialect, request, response, () -> {
            long limit = Pages.limit(request, 20, 100);
            List<BatchView> listed = batches.newestFirst(Provider.OPENAI).stream()
                    .filter(batch -> batch.visible(clock.instant(), "list_lag_seconds"))
                    .toList();
            return new Reply.Document(Pages.page(
                    listed,
                    BatchView::id,
                    batch -> BatchJson.of(batch, clock.instant()),
                    request.getParameter("after"),
                    limit));
        });
    }

    @GetMapping("/v1/batches/{id}")
    void get(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.get", dialect, request, response, () -> document(id));
    }

    @PostMapping("/v1/batches/{id}/cancel")
    void cancel(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.cancel", dialect, request, response, () -> {
            BatchView batch = found(id);
            if (!batches.cancel(id, false)) {
                throw new Refused(
                        409,
                        OpenAiErrors.INVALID,
                        "Cannot cancel a batch with status '"
                                + found(id).phase().wire() + "'.",
                        null,
                        null,
                        null);
            }
            return document(batch.id());
        });
    }

    private Reply create(JsonNode body) throws Refused, IOException {
        Conduct conduct = batches.conduct();
        Duration patience = batches.take("openai.batches", Duration.ofHours(1), conduct.limit("creations_per_hour"));
        if (patience != null) {
            throw new Refused(
                    429,
                    "requests",
                    "Rate limit reached for batch creation. Limit: " + conduct.limit("creations_per_hour") + " / hour.",
                    null,
                    "rate_limit_exceeded",
                    patience);
        }
        BatchRequest asked = BatchRequest.read(body);
        StoredFile file = input(asked.inputFileId(), conduct);
        if (file != null) {
            refuseAtOnce(file, asked.endpoint(), conduct);
        }
        Batches.Draft draft = batches.draft("batch_");
        if (file == null) {
            Files.createFile(draft.input());
        } else {
            take(file, draft);
        }
        BatchView batch = batches.create(draft, Provider.OPENAI, asked.details(file == null), 0);
        pauses.pause(batch.conduct().span("create_answer_delay_seconds"));
        if (batch.conduct().drawn("create_fails_after_creating_rate", Die.CREATE_FAILS)) {
            return afterCreating(batch.conduct());
        }
        return new Reply.Document(BatchJson.of(batch, clock.instant()));
    }

    private static void take(StoredFile file, Batches.Draft draft) throws Refused, IOException {
        try {
            draft.take(file.path());
        } catch (NoSuchFileException _) {
            draft.discard();
            throw OpenAiErrors.bad("input_file_id", null, OpenAiLines.cannotFind(file.id()));
        }
    }

    private Reply afterCreating(Conduct conduct) throws Refused {
        return switch (conduct.word("create_fails_with")) {
            case "cut" -> Reply.Other.CUT;
            case "hang" -> Reply.Other.HANG;
            default -> throw dialect.failure(500);
        };
    }

    /// Null where the batch is to fail for want of its file, instead of being refused.
    private @Nullable StoredFile input(String id, Conduct conduct) throws Refused {
        StoredFile file = batches.files().find(id);
        if (file != null && clock.instant().isAfter(file.createdAt().plus(conduct.span("files_kept_seconds")))) {
            file = null;
        }
        if (file == null && !conduct.word("unknown_file").equals("failed")) {
            throw OpenAiErrors.bad("input_file_id", null, OpenAiLines.cannotFind(id));
        }
        if (file != null && !file.purpose().equals("batch")) {
            throw OpenAiErrors.bad(
                    "input_file_id",
                    null,
                    "File " + id + " has the purpose '" + file.purpose() + "', expected 'batch'.");
        }
        return file;
    }

    /// Finds some faults before there is a batch, where the behaviour says so.
    private void refuseAtOnce(StoredFile file, String endpoint, Conduct conduct) throws Refused, IOException {
        boolean duplicates = conduct.word("duplicate_custom_id").equals("refused");
        String tokens = conduct.word("token_limit_as");
        if (!duplicates && tokens.equals("failed")) {
            return;
        }
        Verdict verdict;
        try (var lines = new LineReader(Files.newInputStream(file.path()))) {
            verdict = new BatchValidator(calls, models, conduct, endpoint).judge(lines, batches::enqueued);
        }
        if (!(verdict instanceof Verdict.Rejected rejected)) {
            return;
        }
        for (JsonNode error : rejected.errors()) {
            String code = error.path("code").asString("");
            String message = error.path("message").asString("");
            if (code.equals("duplicate_custom_id") && duplicates) {
                throw OpenAiErrors.bad("input_file_id", code, message);
            }
            if (code.equals("token_limit_exceeded") && !tokens.equals("failed")) {
                throw new Refused(
                        tokens.equals("429") ? 429 : 400,
                        OpenAiErrors.INVALID,
                        message,
                        null,
                        code,
                        tokens.equals("429") ? Duration.ofSeconds(1) : null);
            }
        }
    }

    private Reply document(String id) throws Refused {
        return new Reply.Document(BatchJson.of(found(id), clock.instant()));
    }

    private BatchView found(String id) throws Refused {
        BatchView batch = batches.find(id);
        if (batch == null
                || batch.provider() != Provider.OPENAI
                || !batch.visible(clock.instant(), "get_lag_seconds")) {
            throw new Refused(404, OpenAiErrors.INVALID, "No batch found with id '" + id + "'.", null, null, null);
        }
        return batch;
    }
}
