package dev.offpeak.api.batches;

import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file to write once and then read. It has lost its name before the first byte is in it: whatever becomes of this
/// process, nothing of it stays.
final class SpoolFile implements Closeable {

    private static final int BUFFER = 1 << 16;

    private final FileChannel channel;
    private final OutputStream out;

    private SpoolFile(FileChannel channel) {
        this.channel = channel;
        this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
    }

    /// @param directory null: the system's for such files
    static SpoolFile in(@Nullable Path directory) throws IOException {
        Path file = directory == null
                ? Files.createTempFile("offpeak-", ".spool")
                : Files.createTempFile(directory, "offpeak-", ".spool");
        try {
            return new SpoolFile(FileChannel.open(file, READ, WRITE));
        } finally {
            Files.delete(file);
        }
    }

    OutputStream out() {
        return out;
    }

    /// From the start; nothing may be written any more.
    InputStream in() throws IOException {
        out.flush();
        channel.position(0);
        return new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
