package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.models.Usage;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;

/// A request that was found valid, and waits to run.
public interface Call {
    String model();

    /// The last user message, which names the execution.
    String prompt();

    long inputTokens();

    boolean streams();

    /// Whether it is served at the price of batches, when there is capacity to spare.
    default boolean flex() {
        return false;
    }

    /// Runs it, once. Its prompt's cache entries can be read from `answeredAt` on.
    Ran run(Instant now, Instant answeredAt);

    /// What came of it: the usage, how much of its output was thought, and the answer as a document or as frames
    /// of server-sent events.
    record Ran(Usage usage, long thought, Supplier<byte[]> body, Supplier<List<String>> frames) {}

    /// Reads a request; throws [Refused] as the provider would.
    interface Reader {
        Call read(tools.jackson.databind.JsonNode body) throws Refused;
    }
}
