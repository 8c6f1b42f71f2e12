package dev.offpeak.simulator.anthropic;

import static dev.offpeak.simulator.anthropic.AnthropicDialect.bad;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Batches;
import dev.offpeak.simulator.batches.Conduct;
import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.batches.Download;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Pauses;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.serving.Serving;
import dev.offpeak.simulator.serving.Serving.Reply;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import tools.jackson.databind.node.ObjectNode;

/// Anthropic's message batches. They carry no tag but their custom ids, and a creation that comes twice makes
/// two.
@Controller
@RequestMapping("/anthropic/v1/messages/batches")
final class MessageBatchController {
    private final Serving serving;
    private final AnthropicDialect dialect;
    private final Batches batches;
    private final Pauses pauses;
    private final Clock clock;

    MessageBatchController(Serving serving, AnthropicDialect dialect, Batches batches, Pauses pauses, Clock clock) {
        this.serving = serving;
        this.dialect = dialect;
        this.batches = batches;
        this.pauses = pauses;
        this.clock = clock;
    }

    @PostMapping
    void create(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.create", dialect, request, response, () -> create(request));
    }

    @GetMapping
    void list(HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.list", dialect, request, response, () -> {
            List<BatchView> listed = batches.newestFirst(Provider.ANTHROPIC).stream()
                    .filter(batch -> batch.visible(clock.instant(), "list_lag_seconds"))
                    .toList();
            return new Reply.Document(MessageBatchPages.page(listed, request, batch -> json(batch, request)));
        });
    }

    @GetMapping("/{id}")
    void get(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.get", dialect, request, response, () -> new Reply.Document(json(found(id), request)));
    }

    @PostMapping("/{id}/cancel")
    void cancel(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.cancel", dialect, request, response, () -> {
            found(id);
            if (!batches.cancel(id, true)) {
                throw bad("Batch " + id + " cannot be canceled: its processing has ended.");
            }
            return new Reply.Document(json(found(id), request));
        });
    }

    @DeleteMapping("/{id}")
    void delete(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.delete", dialect, request, response, () -> {
            found(id);
            if (!batches.delete(id)) {
                throw bad("Batch " + id + " cannot be deleted while it is being processed.");
            }
            return new Reply.Document(Json.object().put("id", id).put("type", "message_batch_deleted"));
        });
    }

    @GetMapping("/{id}/results")
    void results(@PathVariable String id, HttpServletRequest request, HttpServletResponse response) throws IOException {
        serving.handle("batches.results", dialect, request, response, () -> {
            BatchView batch = found(id);
            Instant ended = batch.endedAt();
            if (ended == null
                    || MessageBatchJson.archivedAt(batch, clock.instant()) != null
                    || clock.instant().isBefore(ended.plus(batch.conduct().span("file_content_404_seconds")))) {
                throw notFound("Batch " + id + " has no results");
            }
            Download.send(batch.results(), "application/x-jsonl", id + "_results.jsonl", batches, response);
            return Reply.Other.WRITTEN;
        });
    }

    private Reply create(HttpServletRequest request) throws Refused, IOException {
        Conduct conduct = batches.conduct();
        Duration patience = batches.take("anthropic.batches", Duration.ofHours(1), conduct.limit("creations_per_hour"));
        if (patience != null) {
            throw limited(patience);
        }
        Batches.Draft draft = batches.draft("msgbatch_");
        boolean created = false;
        BatchView batch;
        try {
            var intake = new MessageBatchIntake(conduct.limit("max_lines"));
            intake.read(request.getInputStream(), draft.input());
            Long queue = conduct.limit("queue_limit");
            if (queue != null && batches.waiting(Provider.ANTHROPIC) + intake.count() > queue) {
                throw limited(Duration.ofSeconds(1));
            }
            ObjectNode details = Json.object()
                    .put(MessageBatchLines.VERSION, AnthropicDialect.version(request))
                    .put("first_custom_id", intake.firstId());
            batch = batches.create(draft, Provider.ANTHROPIC, details, intake.count());
            created = true;
        } finally {
            if (!created) {
                draft.discard();
            }
        }
        pauses.pause(batch.conduct().span("create_answer_delay_seconds"));
        if (batch.conduct().drawn("create_fails_after_creating_rate", Die.CREATE_FAILS)) {
            return switch (batch.conduct().word("create_fails_with")) {
                case "cut" -> Reply.Other.CUT;
                case "hang" -> Reply.Other.HANG;
                default -> throw dialect.failure(500);
            };
        }
        return new Reply.Document(json(batch, request));
    }

    private static Refused limited(Duration patience) {
        return new Refused(
                429,
                "rate_limit_error",
                "This request would exceed your organization's rate limit of batch requests in the processing queue.",
                null,
                null,
                patience);
    }

    private ObjectNode json(BatchView batch, HttpServletRequest request) {
        return MessageBatchJson.of(batch, base(request), clock.instant());
    }

    private static String base(HttpServletRequest request) {
        String url = request.getRequestURL().toString();
        String path = "/anthropic/v1/messages/batches";
        return url.substring(0, url.indexOf(path) + path.length());
    }

    private BatchView found(String id) throws Refused {
        BatchView batch = batches.find(id);
        if (batch == null
                || batch.provider() != Provider.ANTHROPIC
                || !batch.visible(clock.instant(), "get_lag_seconds")) {
            throw notFound("Not found: " + id);
        }
        return batch;
    }

    private static Refused notFound(String message) {
        return new Refused(404, "not_found_error", message, null, null, null);
    }
}
