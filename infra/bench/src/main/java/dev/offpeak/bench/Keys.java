package dev.offpeak.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The API key, from the command line or from the file that Offpeak wrote.
final class Keys {

    private Keys() {}

    static String read(Arguments arguments) {
        String file = arguments.find("key-file");
        if (file == null) {
            return arguments.text("key");
        }
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException _) {
            throw new UsageError("--key-file " + file + " cannot be read");
        }
    }
}
