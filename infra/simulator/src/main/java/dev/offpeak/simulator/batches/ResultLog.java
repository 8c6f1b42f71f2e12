package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.json.Json;
import dev.offpeak.simulator.state.Execution;
import dev.offpeak.simulator.state.Journal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What became of each line of a batch, one record a line, in the order of the input: a header, a tab, which no
/// JSON contains, and the line that clients may read later.
final class ResultLog implements AutoCloseable {
    record Header(Fate fate, @Nullable Execution execution, long thought) {}

    interface Each {
        void record(Header header) throws IOException;
    }

    /// Where a record's text lies in the file.
    record Place(Fate fate, long offset, int length) {}

    interface EachPlace {
        void at(Place place) throws IOException;
    }

    private static final String FATE = "{\"fate\":\"";

    private final Journal journal;

    private ResultLog(Journal journal) {
        this.journal = journal;
    }

    /// Opens the log and hands over what it holds.
    static ResultLog open(Path file, Each each) throws IOException {
        return new ResultLog(Journal.open(file, (_, line) -> each.record(header(line))));
    }

    void append(List<Outcome> outcomes) throws IOException {
        var lines = new ByteArrayOutputStream();
        for (Outcome outcome : outcomes) {
            ObjectNode header = Json.object().put("fate", outcome.fate().name());
            if (outcome.execution() != null) {
                header.set("execution", outcome.execution().json(0));
                header.put("thought", outcome.thought());
            }
            lines.writeBytes(Json.text(header).getBytes(StandardCharsets.UTF_8));
            lines.write('\t');
            lines.writeBytes(outcome.text());
            lines.write('\n');
        }
        journal.append(lines.toByteArray());
    }

    void places(EachPlace each) throws IOException {
        try (InputStream in = journal.read(0)) {
            Journal.scan(in, 0, journal.length(), (offset, line) -> {
                int tab = tab(line);
                each.at(new Place(fate(line), offset + tab + 1, line.length - tab - 1));
            });
        }
    }

    @Override
    public void close() throws IOException {
        journal.close();
    }

    private static Header header(byte[] line) {
        JsonNode json = Json.parse(Arrays.copyOf(line, tab(line)));
        JsonNode execution = json.path("execution");
        return new Header(
                Fate.valueOf(json.path("fate").stringValue()),
                execution.isObject() ? Execution.of(execution) : null,
                json.path("thought").asLong());
    }

    /// The fate alone, which stands first: a log has many lines, and their executions are long.
    private static Fate fate(byte[] line) {
        int end = FATE.length();
        while (line[end] != '"') {
            end++;
        }
        return Fate.valueOf(new String(line, FATE.length(), end - FATE.length(), StandardCharsets.US_ASCII));
    }

    private static int tab(byte[] line) {
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\t') {
                return i;
            }
        }
        throw new IllegalStateException("a record of a batch has no header");
    }
}
