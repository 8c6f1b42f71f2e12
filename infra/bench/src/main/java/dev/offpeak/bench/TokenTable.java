package dev.offpeak.bench;

import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Tokens by model and kind; a kind that is not there counts as zero.
final class TokenTable {

    private final Map<String, Map<String, Long>> models = new TreeMap<>();

    void add(String model, String kind, long tokens) {
        models.computeIfAbsent(model, _ -> new TreeMap<>()).merge(kind, tokens, Long::sum);
    }

    long of(String model, String kind) {
        return models.getOrDefault(model, Map.of()).getOrDefault(kind, 0L);
    }

    /// Adds the usage of one ledger entry under the simulator's names of the kinds. `input` is the whole prompt, its
    /// cached and cache-write tokens are parts of it, on both sides.
    void addUsage(JsonNode ledgerEntry) {
        String model = ledgerEntry.path("model").asString();
        String lane = "batch".equals(ledgerEntry.path("lane").asString("direct")) ? "batch_" : "";
        JsonNode usage = ledgerEntry.path("usage");
        usage.forEachEntry((name, tokens) -> add(model, lane + name.replaceFirst("_tokens$", ""), tokens.asLong()));
    }

    /// Every kind in which the two differ, this minus the other; empty where they are equal.
    TokenTable minus(TokenTable other) {
        var difference = new TokenTable();
        models.forEach((model, kinds) ->
                kinds.forEach((kind, tokens) -> difference.addUnlessZero(model, kind, tokens - other.of(model, kind))));
        other.models.forEach((model, kinds) -> kinds.forEach((kind, tokens) -> {
            if (!models.getOrDefault(model, Map.of()).containsKey(kind)) {
                difference.addUnlessZero(model, kind, -tokens);
            }
        }));
        return difference;
    }

    boolean isEmpty() {
        return models.isEmpty();
    }

    long total() {
        return models.values().stream()
                .flatMap(kinds -> kinds.values().stream())
                .mapToLong(Long::longValue)
                .sum();
    }

    ObjectNode json() {
        ObjectNode json = Json.object();
        models.forEach((model, kinds) -> {
            ObjectNode row = json.putObject(model);
            kinds.forEach(row::put);
        });
        return json;
    }

    private void addUnlessZero(String model, String kind, long tokens) {
        if (tokens != 0) {
            add(model, kind, tokens);
        }
    }
}
