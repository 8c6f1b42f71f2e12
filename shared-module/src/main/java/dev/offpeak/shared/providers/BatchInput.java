package dev.offpeak.shared.providers;

import java.nio.file.Path;

/// A written input: where it lies, the name under which it is uploaded, how many lines it has.
public record BatchInput(Path file, String name, int lines) {}
