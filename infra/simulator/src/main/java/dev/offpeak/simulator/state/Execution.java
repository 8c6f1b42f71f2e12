package dev.offpeak.simulator.state;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Something that ran and is billed: a call, or one line of a batch. `usd` is null where no price is known.
public record Execution(
        Instant at,
        Endpoint endpoint,
        String provider,
        String model,
        String requestId,
        @Nullable String clientRequestId,
        @Nullable String batchId,
        @Nullable String customId,
        PromptHash prompt,
        Usage usage,
        @Nullable BigDecimal usd,
        Outcome outcome) {

    /// What the client was shown of it.
    public enum Outcome {
        ANSWERED,
        HUNG,
        MALFORMED
    }

    /// Embeddings are billed, but generate nothing.
    boolean generates() {
        return endpoint != Endpoint.EMBEDDINGS;
    }

    boolean batched() {
        return batchId != null;
    }

    /// The line of the journal.
    public ObjectNode json(long seq) {
        ObjectNode json = Json.object();
        json.put("kind", generates() ? "execution" : "embedding");
        json.put("seq", seq);
        json.put("at", at.toString());
        json.put("endpoint", endpoint.wire());
        json.put("provider", provider);
        json.put("model", model);
        json.put("request_id", requestId);
        json.put("client_request_id", clientRequestId);
        json.put("batch_id", batchId);
        json.put("custom_id", customId);
        json.put("prompt_sha256", prompt.hex());
        ObjectNode tokens = json.putObject("usage");
        tokens.put("input", usage.input());
        tokens.put("cached_input", usage.cachedInput());
        tokens.put("cache_write_5m", usage.cacheWrite5m());
        tokens.put("cache_write_1h", usage.cacheWrite1h());
        tokens.put("output", usage.output());
        json.put("usd", usd == null ? null : usd.toPlainString());
        json.put("outcome", outcome.name().toLowerCase(Locale.ROOT));
        return json;
    }

    public static Execution of(JsonNode json) {
        JsonNode tokens = json.path("usage");
        String usd = Json.string(json, "usd");
        return new Execution(
                Instant.parse(json.path("at").stringValue()),
                Endpoint.of(json.path("endpoint").stringValue()),
                json.path("provider").stringValue(),
                json.path("model").stringValue(),
                json.path("request_id").stringValue(),
                Json.string(json, "client_request_id"),
                Json.string(json, "batch_id"),
                Json.string(json, "custom_id"),
                PromptHash.ofHex(json.path("prompt_sha256").stringValue()),
                new Usage(
                        tokens.path("input").asLong(),
                        tokens.path("cached_input").asLong(),
                        tokens.path("cache_write_5m").asLong(),
                        tokens.path("cache_write_1h").asLong(),
                        tokens.path("output").asLong()),
                usd == null ? null : new BigDecimal(usd),
                Outcome.valueOf(json.path("outcome").stringValue().toUpperCase(Locale.ROOT)));
    }
}
