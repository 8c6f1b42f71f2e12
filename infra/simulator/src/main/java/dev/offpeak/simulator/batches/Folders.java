package dev.offpeak.simulator.batches;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Removing files and folders.
final class Folders {
    private Folders() {}

    static void keepOnly(Path folder, Set<String> names) throws IOException {
        List<Path> all;
        try (Stream<Path> entries = Files.list(folder)) {
            all = entries.toList();
        }
        for (Path entry : all) {
            if (!names.contains(entry.getFileName().toString())) {
                delete(entry);
            }
        }
    }

    static void delete(Path root) throws IOException {
        List<Path> all;
        try (Stream<Path> entries = Files.walk(root)) {
            all = entries.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : all) {
            Files.deleteIfExists(entry);
        }
    }
}
