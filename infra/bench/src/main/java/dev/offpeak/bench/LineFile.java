package dev.offpeak.bench;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.IntFunction;
import tools.jackson.databind.node.ObjectNode;

/// A bulk's body in a file: written line by line, sent as it is read, gone at the end.
///
/// @param bytes of the whole
record LineFile(Path path, int lines, long bytes) implements AutoCloseable {

    /// @param line by its number; its `custom_id` is set here
    static LineFile write(String name, int lines, IntFunction<ObjectNode> line) throws IOException {
        Path path = Files.createTempFile("offpeak-bench-" + name, ".ndjson");
        try (var out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 16)) {
            for (int number = 0; number < lines; number++) {
                out.write(Json.bytes(line.apply(number).put("custom_id", customId(name, number))));
                out.write('\n');
            }
        }
        return new LineFile(path, lines, Files.size(path));
    }

    static String customId(String name, int number) {
        return name + "-" + number;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
