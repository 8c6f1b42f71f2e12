package dev.offpeak.simulator.control;

import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Batches;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.serving.Draws;
import dev.offpeak.simulator.serving.FaultPlan;
import dev.offpeak.simulator.serving.Pauses;
import dev.offpeak.simulator.serving.RateLimits;
import dev.offpeak.simulator.state.BadSetting;
import dev.offpeak.simulator.state.CannedAnswer;
import dev.offpeak.simulator.state.State;
import dev.offpeak.simulator.tokens.BatchPrefixCache;
import dev.offpeak.simulator.tokens.PrefixCache;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.ResponseBody;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// The routes under `/_sim`.
@Controller
final class ControlController {
    private static final int MAX_LINE = 1 << 20;
    private static final int MAX_DOCUMENT = 1 << 20;

    private final State state;
    private final Draws draws;
    private final FaultPlan faults;
    private final RateLimits limits;
    private final PrefixCache cache;
    private final BatchPrefixCache batchCache;
    private final Pauses pauses;
    private final Batches batches;

    ControlController(
            State state,
            Draws draws,
            FaultPlan faults,
            RateLimits limits,
            PrefixCache cache,
            BatchPrefixCache batchCache,
            Pauses pauses,
            Batches batches) {
        this.state = state;
        this.draws = draws;
        this.faults = faults;
        this.limits = limits;
        this.cache = cache;
        this.batchCache = batchCache;
        this.pauses = pauses;
        this.batches = batches;
    }

    @GetMapping("/_sim/behaviour")
    void behaviour(HttpServletResponse response) throws IOException {
        write(response, 200, state.behaviour().document());
    }

    @PutMapping("/_sim/behaviour")
    void behave(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            JsonNode patch = Json.parse(request.getInputStream().readNBytes(MAX_DOCUMENT));
            JsonNode behaviour = state.behave(patch).document();
            batches.behaviourChanged();
            write(response, 200, behaviour);
        } catch (JacksonException _) {
            refuse(response, "", "invalid_json", "The body is not one JSON document.");
        } catch (BadSetting e) {
            refuse(response, e.field(), e.code(), message(e));
        }
    }

    @PutMapping("/_sim/answers")
    void supply(HttpServletRequest request, HttpServletResponse response) throws IOException {
        List<CannedAnswer> rows = new ArrayList<>();
        int number = 0;
        try (var lines =
                new BufferedReader(new InputStreamReader(request.getInputStream(), StandardCharsets.UTF_8), 1 << 16)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.length() > MAX_LINE) {
                    throw new BadSetting("", "invalid_value", "The line is longer than " + MAX_LINE + " characters.");
                }
                if (!line.isBlank()) {
                    rows.add(CannedAnswer.of(Json.parse(line.getBytes(StandardCharsets.UTF_8))));
                }
            }
        } catch (JacksonException _) {
            refuse(response, "", "invalid_json", "Line " + number + " is not one JSON document.");
            return;
        } catch (BadSetting e) {
            refuse(response, e.field(), e.code(), "Line " + number + ": " + message(e));
            return;
        }
        int total = state.supply(rows);
        write(response, 200, Json.object().put("received", rows.size()).put("total", total));
    }

    @DeleteMapping("/_sim/answers")
    void forget(HttpServletResponse response) {
        state.forgetAnswers();
        response.setStatus(204);
    }

    @GetMapping("/_sim/stats")
    void stats(HttpServletRequest request, HttpServletResponse response) throws IOException {
        // Into memory first: the counts are locked meanwhile, and a slow reader must not hold up the calls.
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator out = Json.mapper().createGenerator(bytes)) {
            state.writeStats(out, !"false".equals(request.getParameter("by_prompt")));
        }
        response.setContentType("application/json");
        response.setContentLength(bytes.size());
        bytes.writeTo(response.getOutputStream());
    }

    @GetMapping("/_sim/executions")
    void executions(HttpServletRequest request, HttpServletResponse response) throws IOException {
        long after;
        long limit;
        Set<String> kinds;
        try {
            after = number(request, "after", 0);
            limit = number(request, "limit", Long.MAX_VALUE);
            kinds = kinds(request.getParameter("kind"));
        } catch (BadSetting e) {
            refuse(response, e.field(), e.code(), message(e));
            return;
        }
        response.setContentType("application/x-ndjson");
        state.writeExecutions(after, limit, kinds, response.getOutputStream());
    }

    @GetMapping("/_sim/batches")
    void batches(HttpServletResponse response) throws IOException {
        response.setContentType("application/x-ndjson");
        for (BatchView batch : batches.newestFirst(null).reversed()) {
            response.getOutputStream().write(Json.line(BatchLine.of(batch, state.billOf(batch.id()))));
        }
    }

    @PostMapping("/_sim/reset")
    void reset(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Set<State.Keep> keep = EnumSet.noneOf(State.Keep.class);
        String named = request.getParameter("keep");
        if (named != null && !named.isBlank()) {
            for (String one : named.split(",", -1)) {
                switch (one.strip()) {
                    case "behaviour" -> keep.add(State.Keep.BEHAVIOUR);
                    case "answers" -> keep.add(State.Keep.ANSWERS);
                    default -> {
                        refuse(response, "keep", "invalid_value", "'keep' names behaviour, answers or both.");
                        return;
                    }
                }
            }
        }
        batches.reset(() -> state.reset(keep));
        draws.restart();
        faults.restart();
        limits.clear();
        cache.clear();
        batchCache.clear();
        pauses.release();
        response.setStatus(204);
    }

    @GetMapping("/_sim/health")
    @ResponseBody
    String health() {
        return "ok";
    }

    private static long number(HttpServletRequest request, String name, long byDefault) throws BadSetting {
        String text = request.getParameter(name);
        if (text == null || text.isBlank()) {
            return byDefault;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint about it
        }
        throw new BadSetting(name, "invalid_value", "'" + name + "' is a number from 0 on.");
    }

    private static Set<String> kinds(@Nullable String kind) throws BadSetting {
        return switch (kind == null ? "execution" : kind.toLowerCase(Locale.ROOT)) {
            case "execution" -> Set.of("execution");
            case "embedding" -> Set.of("embedding");
            case "all" -> Set.of("execution", "embedding");
            default -> throw new BadSetting("kind", "invalid_value", "'kind' is execution, embedding or all.");
        };
    }

    private static String message(BadSetting e) {
        String message = e.getMessage();
        return message == null ? e.code() : message;
    }

    private static void refuse(HttpServletResponse response, String field, String code, String message)
            throws IOException {
        var body = Json.object();
        body.putObject("error")
                .put("type", "invalid_request_error")
                .put("code", code)
                .put("param", field.isEmpty() ? null : field)
                .put("message", message);
        write(response, 400, body);
    }

    private static void write(HttpServletResponse response, int status, JsonNode body) throws IOException {
        byte[] bytes = Json.bytes(body);
        response.setStatus(status);
        response.setContentType("application/json");
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
