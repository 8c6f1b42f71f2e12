package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.models.Usage;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// How many lines met which fate, and what those that ran consumed.
public record Tally(
        long succeeded,
        long errored,
        long expired,
        long cancelled,
        long lost,
        long input,
        long cached,
        long output,
        long thought) {
    static final Tally NONE = new Tally(0, 0, 0, 0, 0, 0, 0, 0, 0);

    public long decided() {
        return succeeded + errored + expired + cancelled + lost;
    }

    Tally plus(Fate fate, @Nullable Usage usage, long thoughtMore) {
        return new Tally(
                succeeded + (fate == Fate.SUCCEEDED ? 1 : 0),
                errored + (fate == Fate.ERRORED ? 1 : 0),
                expired + (fate == Fate.EXPIRED ? 1 : 0),
                cancelled + (fate == Fate.CANCELLED ? 1 : 0),
                lost + (fate == Fate.LOST ? 1 : 0),
                input + (usage == null ? 0 : usage.input()),
                cached + (usage == null ? 0 : usage.cachedInput()),
                output + (usage == null ? 0 : usage.output()),
                thought + thoughtMore);
    }

    public ObjectNode json() {
        ObjectNode json = Json.object();
        for (Fate fate : Fate.values()) {
            json.put(fate.name().toLowerCase(Locale.ROOT), of(fate));
        }
        return json.put("input", input)
                .put("cached", cached)
                .put("output", output)
                .put("thought", thought);
    }

    static Tally of(JsonNode json) {
        return new Tally(
                json.path("succeeded").asLong(),
                json.path("errored").asLong(),
                json.path("expired").asLong(),
                json.path("cancelled").asLong(),
                json.path("lost").asLong(),
                json.path("input").asLong(),
                json.path("cached").asLong(),
                json.path("output").asLong(),
                json.path("thought").asLong());
    }

    private long of(Fate fate) {
        return switch (fate) {
            case SUCCEEDED -> succeeded;
            case ERRORED -> errored;
            case EXPIRED -> expired;
            case CANCELLED -> cancelled;
            case LOST -> lost;
        };
    }
}
