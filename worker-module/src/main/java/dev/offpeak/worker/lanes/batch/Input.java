package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providers.BatchInput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;

/// An input that lies in a file until it is closed.
///
/// @param unsendable numbers of lines that are not in it, because nobody can make a request of them any
///     more
record Input(BatchInput file, long bytes, String sha256, List<Integer> unsendable) implements AutoCloseable {

    Input {
        unsendable = List.copyOf(unsendable);
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file.file());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
