package dev.offpeak.simulator.batches;

import java.nio.file.Path;
import java.time.Instant;

/// A file that clients know by its id. Its content answers from `readableFrom` on.
public record StoredFile(
        String id, String name, String purpose, long bytes, Instant createdAt, Path path, Instant readableFrom) {}
