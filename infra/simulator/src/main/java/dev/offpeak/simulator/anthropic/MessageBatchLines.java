package dev.offpeak.simulator.anthropic;

import dev.offpeak.simulator.answers.Author;
import dev.offpeak.simulator.batches.BatchView;
import dev.offpeak.simulator.batches.Conduct.Die;
import dev.offpeak.simulator.batches.Fate;
import dev.offpeak.simulator.batches.LineReader;
import dev.offpeak.simulator.batches.LineWork;
import dev.offpeak.simulator.batches.Outcome;
import dev.offpeak.simulator.batches.Verdict;
import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Models;
import dev.offpeak.simulator.models.Prices;
import dev.offpeak.simulator.models.Provider;
import dev.offpeak.simulator.serving.Call;
import dev.offpeak.simulator.serving.Ids;
import dev.offpeak.simulator.serving.Refused;
import dev.offpeak.simulator.state.Endpoint;
import dev.offpeak.simulator.state.Execution;
import dev.offpeak.simulator.state.PromptHash;
import dev.offpeak.simulator.tokens.BatchPrefixCache;
import dev.offpeak.simulator.tokens.PrefixCache;
import dev.offpeak.simulator.tokens.Tokens;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The lines of Anthropic's batches. There is no validation phase: a line that is at fault is an errored result.
final class MessageBatchLines implements LineWork {
    static final String VERSION = "anthropic_version";

    private static final double LEAST_HITS = 0.30;
    private static final double MOST_HITS = 0.98;
    private static final double SYNC_HITS = 0.16;

    private final AnthropicDialect dialect;
    private final Models models;
    private final Prices prices;
    private final Tokens tokens;
    private final BatchPrefixCache cache;
    private final PrefixCache syncCache;
    private final Author author;
    private final Ids ids;

    MessageBatchLines(
            AnthropicDialect dialect,
            Models models,
            Prices prices,
            Tokens tokens,
            BatchPrefixCache cache,
            PrefixCache syncCache,
            Author author,
            Ids ids) {
        this.dialect = dialect;
        this.models = models;
        this.prices = prices;
        this.tokens = tokens;
        this.cache = cache;
        this.syncCache = syncCache;
        this.author = author;
        this.ids = ids;
    }

    @Override
    public Provider provider() {
        return Provider.ANTHROPIC;
    }

    @Override
    public boolean hasErrorFile() {
        return false;
    }

    @Override
    public Verdict validate(BatchView batch, LineReader lines, Enqueued enqueued) {
        return new Verdict.Accepted(batch.lines(), null, 0);
    }

    @Override
    public Outcome run(BatchView batch, byte[] line, long index, Instant now) {
        JsonNode request = Json.parse(line);
        String customId = request.path("custom_id").asString("");
        String requestId = ids.next("req_");
        if (batch.conduct().flag("credit_exhausted")) {
            return errored(
                    customId,
                    AnthropicDialect.bad(
                            "Your credit balance is too low to access the Anthropic API. Please go to Plans"
                                    + " & Billing to upgrade or purchase credits."),
                    requestId);
        }
        MessageRequest.Read read;
        try {
            String version = batch.details().path(VERSION).asString("");
            read = MessageRequest.read(request.path("params"), version, models, tokens);
        } catch (Refused refused) {
            return errored(customId, refused, requestId);
        }
        var call =
                new MessageCall(read, (blocks, minimum, at, _) -> look(batch, index, blocks, minimum, at), author, ids);
        Call.Ran ran = call.run(now, now);
        byte[] message = ran.body().get();
        if (batch.conduct().drawn("pause_turn_rate", Die.LINE_PAUSES, index)) {
            message = Json.bytes(((ObjectNode) Json.parse(message)).put("stop_reason", "pause_turn"));
        }
        var execution = new Execution(
                now,
                Endpoint.MESSAGES,
                Provider.ANTHROPIC.wire(),
                call.model(),
                requestId,
                null,
                batch.id(),
                customId,
                PromptHash.of(call.prompt()),
                ran.usage(),
                prices.cost(call.model(), ran.usage(), LocalDate.ofInstant(now, ZoneOffset.UTC), true),
                Execution.Outcome.ANSWERED);
        return new Outcome(Fate.SUCCEEDED, result(customId, "succeeded", "message", message), execution, 0);
    }

    @Override
    public Outcome unrun(BatchView batch, byte[] line, Unrun why) {
        String customId = Json.parse(line).path("custom_id").asString("");
        return switch (why) {
            case EXPIRED -> Outcome.without(Fate.EXPIRED, result(customId, "expired", null, new byte[0]));
            case CANCELLED -> Outcome.without(Fate.CANCELLED, result(customId, "canceled", null, new byte[0]));
            case TIMED_OUT -> errored(customId, dialect.failure(504), ids.next("req_"));
            case FAILED ->
                errored(customId, dialect.failure(batch.conduct().number("line_error_status")), ids.next("req_"));
        };
    }

    @Override
    public byte[] stray(BatchView batch) {
        return result("unknown-" + ids.next(""), "expired", null, new byte[0]);
    }

    @Override
    public void ended(BatchView batch, Instant now) {
        cache.ended(batch.id(), now);
    }

    private PrefixCache.Effect look(
            BatchView batch, long index, List<PrefixCache.Block> blocks, int minimum, Instant now) {
        return switch (batch.conduct().word("prompt_cache")) {
            case "documented" -> asDocumented(batch, index, blocks, minimum);
            case "measured_with_sync" -> {
                boolean lucky = batch.conduct().roll(Die.LINE_HITS, index) < SYNC_HITS;
                PrefixCache.Effect effect = syncCache.anthropic(blocks, minimum, now, now, _ -> {});
                yield lucky && effect.read() > 0
                        ? effect
                        : cache.line(batch.id(), batch.createdAt(), blocks, minimum, now);
            }
            default -> cache.line(batch.id(), batch.createdAt(), blocks, minimum, now);
        };
    }

    private static PrefixCache.Effect asDocumented(
            BatchView batch, long index, List<PrefixCache.Block> blocks, int minimum) {
        PrefixCache.Effect cold = BatchPrefixCache.cold(blocks, minimum);
        double rate = LEAST_HITS + (MOST_HITS - LEAST_HITS) * batch.conduct().roll(Die.HIT_RATE);
        boolean hit = batch.conduct().roll(Die.LINE_HITS, index) < rate;
        return hit ? new PrefixCache.Effect(cold.written5m() + cold.written1h(), 0, 0) : cold;
    }

    private Outcome errored(String customId, Refused refused, String requestId) {
        return Outcome.without(Fate.ERRORED, result(customId, "errored", "error", dialect.error(refused, requestId)));
    }

    /// A line whose result has at most one field beside its type, a document that is there already.
    private static byte[] result(
            String customId, String type, @org.jspecify.annotations.Nullable String field, byte[] document) {
        var line = new ByteArrayOutputStream(document.length + 128);
        String head = "{\"custom_id\":" + Json.text(Json.object().stringNode(customId)) + ",\"result\":{\"type\":\""
                + type + "\"" + (field == null ? "" : ",\"" + field + "\":");
        line.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        line.writeBytes(document);
        line.writeBytes("}}".getBytes(StandardCharsets.UTF_8));
        return line.toByteArray();
    }
}
