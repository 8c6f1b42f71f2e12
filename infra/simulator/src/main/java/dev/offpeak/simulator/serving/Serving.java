package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.models.Usage;
import dev.offpeak.simulator.state.Behaviour;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.state.Execution;
import dev.offpeak.simulator.state.Execution.Outcome;
import dev.offpeak.simulator.state.PlannedFault;
import dev.offpeak.simulator.state.PromptHash;
import dev.offpeak.simulator.state.State;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// Serves one call: greet, read, admit, draw, run, write down, wait, answer. What ran is in the journal before
/// the client waits for its answer, so that a client or a simulator that dies meanwhile leaves an honest count.
public final class Serving {
    private static final int MAX_BODY = 64 << 20;

    private final State state;
    private final Prices prices;
    private final RateLimits limits;
    private final Draws draws;
    private final FaultPlan faults;
    private final Pauses pauses;
    private final Ids ids;
    private final Clock clock;

    public Serving(
            State state,
            Prices prices,
            RateLimits limits,
            Draws draws,
            FaultPlan faults,
            Pauses pauses,
            Ids ids,
            Clock clock) {
        this.state = state;
        this.prices = prices;
        this.limits = limits;
        this.draws = draws;
        this.faults = faults;
        this.pauses = pauses;
        this.ids = ids;
        this.clock = clock;
    }

    /// A call that generates or embeds, and is billed.
    public void serve(
            Endpoint endpoint,
            Dialect dialect,
            Call.Reader reader,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        String requestId = ids.next("req_");
        dialect.head(response, requestId);
        Attempt attempt;
        try {
            attempt = attempt(dialect, reader, request, response);
        } catch (Refused refused) {
            state.refused(endpoint);
            refuse(dialect, refused, requestId, response);
            return;
        }
        Call call = attempt.call();
        Draws.Draw draw = attempt.draw();
        if (draw.fails()) {
            state.refused(endpoint);
            pauses.pause(draw.latency());
            refuse(dialect, dialect.failure(state.behaviour().errorStatus()), requestId, response);
            return;
        }
        Instant now = clock.instant();
        Call.Ran ran = call.run(now, now.plus(draw.latency()));
        limits.spend(call.model(), ran.usage().output());
        Outcome outcome = draw.hangs() ? Outcome.HUNG : draw.malformed() ? Outcome.MALFORMED : Outcome.ANSWERED;
        String client = request.getHeader("X-Client-Request-Id");
        state.ran(execution(now, endpoint, dialect, call, requestId, client, ran.usage(), outcome));
        answer(outcome, draw.latency(), call, ran, dialect, requestId, response);
    }

    /// A call that costs nothing: lists of models, counts of tokens.
    public void free(Dialect dialect, HttpServletRequest request, HttpServletResponse response, Free free)
            throws IOException {
        String requestId = ids.next("req_");
        dialect.head(response, requestId);
        try {
            dialect.greet(request);
            write(response, 200, Json.bytes(free.answer()));
        } catch (Refused refused) {
            refuse(dialect, refused, requestId, response);
        }
    }

    /// What a free call answers.
    public interface Free {
        JsonNode answer() throws Refused, IOException;
    }

    /// A call of the batch side: named, so that faults can be planned for it. Failures at a rate come before it
    /// does anything.
    public void handle(
            String name, Dialect dialect, HttpServletRequest request, HttpServletResponse response, Handling handling)
            throws IOException {
        String requestId = ids.next("req_");
        dialect.head(response, requestId);
        try {
            dialect.greet(request);
            Behaviour behaviour = state.behaviour();
            Draws.Draw draw = draws.next(behaviour);
            PlannedFault fault = faults.next(name, behaviour);
            pauses.pause(draw.latency());
            if (draw.fails()) {
                throw dialect.failure(behaviour.errorStatus());
            }
            reply(fault == null ? handling.reply() : faulty(fault, dialect, handling), dialect, requestId, response);
        } catch (Refused refused) {
            refuse(dialect, refused, requestId, response);
        }
    }

    /// What a call of the batch side does and answers.
    public interface Handling {
        Reply reply() throws Refused, IOException;
    }

    /// How a call of the batch side is answered: with a document, by its handling itself, or not at all.
    public sealed interface Reply {
        record Document(JsonNode json) implements Reply {}

        enum Other implements Reply {
            WRITTEN,
            CUT,
            HANG,
            WRONG_TYPE
        }
    }

    /// The request's document; throws [Refused] in the dialect's words where it is none.
    public static JsonNode body(Dialect dialect, HttpServletRequest request) throws Refused, IOException {
        byte[] bytes = request.getInputStream().readNBytes(MAX_BODY + 1);
        if (bytes.length > MAX_BODY) {
            throw dialect.tooLarge(MAX_BODY);
        }
        try {
            JsonNode body = Json.parse(bytes);
            if (!body.isObject()) {
                throw dialect.unreadable();
            }
            return body;
        } catch (JacksonException _) {
            throw dialect.unreadable();
        }
    }

    public void refuse(Dialect dialect, Refused refused, HttpServletResponse response) throws IOException {
        String requestId = ids.next("req_");
        dialect.head(response, requestId);
        refuse(dialect, refused, requestId, response);
    }

    private static Reply faulty(PlannedFault fault, Dialect dialect, Handling handling) throws Refused, IOException {
        return switch (fault.effect()) {
            case FAIL -> throw dialect.failure(fault.status());
            case CUT -> Reply.Other.CUT;
            case HANG -> Reply.Other.HANG;
            case WRONG_TYPE -> Reply.Other.WRONG_TYPE;
            case FAIL_AFTER -> {
                handling.reply();
                throw dialect.failure(fault.status());
            }
            case CUT_AFTER -> {
                handling.reply();
                yield Reply.Other.CUT;
            }
            case HANG_AFTER -> {
                handling.reply();
                yield Reply.Other.HANG;
            }
        };
    }

    private void reply(Reply reply, Dialect dialect, String requestId, HttpServletResponse response)
            throws IOException {
        switch (reply) {
            case Reply.Document document -> write(response, 200, Json.bytes(document.json()));
            case Reply.Other.WRITTEN -> {}
            case Reply.Other.CUT -> cut(response);
            case Reply.Other.HANG -> {
                pauses.hang();
                refuse(dialect, dialect.failure(504), requestId, response);
            }
            case Reply.Other.WRONG_TYPE -> {
                response.setStatus(200);
                response.setContentType("text/html");
                response.getOutputStream().write("<html>Bad gateway</html>".getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    /// Promises an answer and closes the connection before its first byte.
    private static void cut(HttpServletResponse response) throws IOException {
        response.setHeader("connection", "close");
        response.setStatus(200);
        response.setContentType("application/json");
        response.setContentLength(1_000);
        response.flushBuffer();
    }

    private record Attempt(Call call, Draws.Draw draw) {}

    private Attempt attempt(
            Dialect dialect, Call.Reader reader, HttpServletRequest request, HttpServletResponse response)
            throws Refused, IOException {
        Behaviour behaviour = state.behaviour();
        Draws.Draw draw = draws.next(behaviour);
        dialect.greet(request);
        Call call = reader.read(body(dialect, request));
        RateLimits.Admission admission = limits.admit(call.model(), call.inputTokens(), behaviour);
        dialect.limits(response, admission.view());
        if (admission.unit() != null) {
            throw dialect.limited(call.model(), admission.unit(), admission.limit(), admission.patience());
        }
        if (call.flex() && draw.crowded()) {
            throw dialect.crowded();
        }
        return new Attempt(call, draw);
    }

    private Execution execution(
            Instant now,
            Endpoint endpoint,
            Dialect dialect,
            Call call,
            String requestId,
            @Nullable String clientRequestId,
            Usage usage,
            Outcome outcome) {
        LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
        return new Execution(
                now,
                endpoint,
                dialect.provider().wire(),
                call.model(),
                requestId,
                clientRequestId,
                null,
                null,
                PromptHash.of(call.prompt()),
                usage,
                call.flex() ? prices.flexCost(call.model(), usage, day) : prices.cost(call.model(), usage, day, false),
                outcome);
    }

    private void answer(
            Outcome outcome,
            Duration latency,
            Call call,
            Call.Ran ran,
            Dialect dialect,
            String requestId,
            HttpServletResponse response)
            throws IOException {
        pauses.pause(latency);
        switch (outcome) {
            case HUNG -> {
                pauses.hang();
                refuse(dialect, dialect.failure(504), requestId, response);
            }
            case MALFORMED -> {
                if (call.streams()) {
                    stream(response, ran.frames().get().subList(0, 1), "data: {\"broken");
                } else {
                    byte[] whole = ran.body().get();
                    write(response, 200, Arrays.copyOf(whole, whole.length / 2));
                }
            }
            case ANSWERED -> {
                if (call.streams()) {
                    stream(response, ran.frames().get(), "");
                } else {
                    write(response, 200, ran.body().get());
                }
            }
        }
    }

    private void refuse(Dialect dialect, Refused refused, String requestId, HttpServletResponse response)
            throws IOException {
        Duration wait = refused.retryAfter();
        if (wait != null) {
            hint(response, wait);
        }
        write(response, refused.status(), dialect.error(refused, requestId));
    }

    private void hint(HttpServletResponse response, Duration wait) {
        long seconds = Math.max(1, wait.plusNanos(999_999_999).toSeconds());
        switch (state.behaviour().document().path("batch").path("retry_after").asString("")) {
            case "none" -> {}
            case "ms" -> response.setHeader("retry-after-ms", Long.toString(Math.max(1, wait.toMillis())));
            case "date" ->
                response.setHeader(
                        "retry-after",
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                clock.instant().plusSeconds(seconds).atOffset(ZoneOffset.UTC)));
            default -> response.setHeader("retry-after", Long.toString(seconds));
        }
    }

    private static void write(HttpServletResponse response, int status, byte[] body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static void stream(HttpServletResponse response, List<String> frames, String tail) throws IOException {
        response.setStatus(200);
        response.setContentType("text/event-stream; charset=utf-8");
        response.setHeader("cache-control", "no-cache");
        OutputStream out = response.getOutputStream();
        for (String frame : frames) {
            out.write(frame.getBytes(StandardCharsets.UTF_8));
            out.write('\n');
            out.write('\n');
        }
        out.write(tail.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}
