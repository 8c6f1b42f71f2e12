package dev.offpeak.bench.faults;

import dev.offpeak.bench.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What happened, as the outside saw it: one JSON object a line, with its time, only ever appended. The checker knows
/// nothing of the run but this file, the database and the simulator.
final class History implements AutoCloseable {

    private final Clock clock;
    private final Path file;
    private final Writer out;

    History(Clock clock, Path file) throws IOException {
        this.clock = clock;
        this.file = file;
        this.out = Files.newBufferedWriter(file);
    }

    Instant add(String what, Map<String, ?> values) {
        ObjectNode line = Json.object();
        values.forEach((name, value) -> line.put(name, value.toString()));
        synchronized (out) {
            Instant now = clock.instant();
            try {
                out.write(line.put("what", what).put("at", now.toString()).toString() + "\n");
                out.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("the history cannot be written", e);
            }
            return now;
        }
    }

    Path file() {
        return file;
    }

    static List<JsonNode> read(Path file) throws IOException {
        try (var lines = Files.lines(file)) {
            return lines.map(Json::parse).toList();
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (out) {
            out.close();
        }
    }
}
