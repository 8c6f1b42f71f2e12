package dev.offpeak.simulator.state;

import java.util.Arrays;
import java.util.Locale;

/// What can be called, by its name in the counts.
public enum Endpoint {
    CHAT_COMPLETIONS,
    RESPONSES,
    EMBEDDINGS,
    MESSAGES,
    FILES,
    BATCHES_CREATED;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Endpoint of(String wire) {
        return Arrays.stream(values())
                .filter(endpoint -> endpoint.wire().equals(wire))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no such endpoint: " + wire));
    }
}
