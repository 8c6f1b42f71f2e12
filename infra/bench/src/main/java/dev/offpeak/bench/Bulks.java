package dev.offpeak.bench;

import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What the commands about bulk work have in common.
final class Bulks {

    private static final Set<String> OVER = Set.of("completed", "failed", "cancelled", "expired");
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);
    private static final Duration SAY_EVERY = Duration.ofSeconds(10);

    private final Offpeak offpeak;
    private final Clock clock;
    private final PrintStream err;
    private final String command;

    Bulks(Offpeak offpeak, Clock clock, PrintStream err, String command) {
        this.offpeak = offpeak;
        this.clock = clock;
        this.err = err;
        this.command = command;
    }

    void say(String text) {
        err.println(clock.instant() + " " + command + ": " + text);
    }

    /// A workflow that goes by batch.
    static ObjectNode workflow(String provider, String model, int maxOutputTokens, String deadline) {
        ObjectNode workflow = Json.object()
                .put("tier", "fast")
                .put("lane", "batch")
                .put("provider", provider)
                .put("fast_model", model)
                .put("full_model", model)
                .put("max_output_tokens", maxOutputTokens)
                .put("deadline", deadline);
        // No two lines are equal, and none is to be answered but by the provider.
        workflow.putObject("cache").put("mode", "off").put("reason", "the bench counts what providers ran");
        return workflow;
    }

    /// @return the id of the accepted bulk
    String upload(String workflow, LineFile lines, String more) {
        long start = System.nanoTime();
        JsonNode taken =
                offpeak.upload("workflow=" + workflow + more, lines.path()).expect(202);
        double seconds = (System.nanoTime() - start) / 1e9;
        String id = taken.path("id").asString();
        int total = taken.path("counts").path("total").asInt(-1);
        say("%s: %d lines, %.1f MB taken in %.1f s, estimate %s USD"
                .formatted(
                        id,
                        total,
                        lines.bytes() / 1e6,
                        seconds,
                        taken.path("estimate_usd").asString("none")));
        if (total != lines.lines()) {
            throw new IllegalStateException(
                    id + " has " + total + " lines, not " + lines.lines() + ": " + taken.path("invalid_lines"));
        }
        return id;
    }

    /// Waits until all of them are over.
    ///
    /// @return whether that came true in time
    boolean awaitOver(List<String> bulks, Duration atMost) {
        long[] said = {System.nanoTime()};
        return Waiting.until(
                () -> {
                    List<JsonNode> all = bulks.stream().map(offpeak::batch).toList();
                    if (System.nanoTime() - said[0] > SAY_EVERY.toNanos()) {
                        said[0] = System.nanoTime();
                        all.forEach(bulk -> say(bulk.path("id").asString() + " "
                                + bulk.path("status").asString() + " " + bulk.path("counts")));
                    }
                    return all.stream()
                            .allMatch(bulk -> OVER.contains(bulk.path("status").asString()));
                },
                atMost,
                LOOK_EVERY);
    }

    /// Waits until every provider batch is reconciled or abandoned: what one still bills may belong to a job long over.
    boolean awaitReconciled(Duration atMost) {
        return Waiting.until(
                () -> offpeak.providerBatches().stream()
                        .map(batch -> batch.path("state").asString(""))
                        .allMatch(state -> state.equals("reconciled") || state.equals("abandoned")),
                atMost,
                Duration.ofSeconds(1));
    }
}
