package dev.offpeak.simulator.state;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// A file of lines that only grows. A line counts once its line end is written; what a crash left behind the
/// last line end is cut off when the file is opened. Lines are handed to the operating system, which outlives
/// this process, and not forced to disk. Not thread-safe: its owner holds a lock; only [#read] may run beside
/// appends.
public final class Journal implements AutoCloseable {
    public interface Line {
        void at(long offset, byte[] line) throws IOException;
    }

    private final Path file;
    private FileChannel channel;
    private long length;

    private Journal(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Opens the file, hands each line to `replay` and stands ready behind the last one.
    public static Journal open(Path file, Line replay) throws IOException {
        var journal = new Journal(file, channel(file));
        journal.length = scan(file, 0, Long.MAX_VALUE, replay);
        journal.channel.truncate(journal.length);
        return journal;
    }

    /// Appends one line or more, their line ends included, and returns the offset of the first.
    public long append(byte[] line) throws IOException {
        long offset = length;
        ByteBuffer bytes = ByteBuffer.wrap(line);
        while (bytes.hasRemaining()) {
            channel.write(bytes, offset + bytes.position());
        }
        length = offset + line.length;
        return offset;
    }

    public long length() {
        return length;
    }

    /// Replaces the whole file by what `writer` appends, in one step that a crash cannot split.
    void rewrite(Rewrite writer) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        var next = new Journal(fresh, channel(fresh));
        writer.into(next);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        channel.close();
        channel = next.channel;
        length = next.length;
    }

    interface Rewrite {
        void into(Journal fresh) throws IOException;
    }

    /// Opens the present file for [#scan]; it stays readable when the journal is rewritten meanwhile.
    public InputStream read(long offset) throws IOException {
        return stream(file, offset);
    }

    /// Hands the complete lines between the offsets to `each` and returns the offset behind the last one.
    public static long scan(InputStream in, long from, long end, Line each) throws IOException {
        var block = new byte[1 << 16];
        var line = new ByteArrayOutputStream(1024);
        long start = from;
        long read = from;
        while (read < end) {
            int size = in.read(block, 0, (int) Math.min(block.length, end - read));
            if (size < 0) {
                break;
            }
            int next = 0;
            for (int i = 0; i < size; i++) {
                if (block[i] == '\n') {
                    line.write(block, next, i - next);
                    each.at(start, line.toByteArray());
                    line.reset();
                    next = i + 1;
                    start = read + next;
                }
            }
            line.write(block, next, size - next);
            read += size;
        }
        return start;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private static long scan(Path file, long from, long end, Line each) throws IOException {
        try (InputStream in = stream(file, from)) {
            return scan(in, from, end, each);
        }
    }

    private static InputStream stream(Path file, long offset) throws IOException {
        FileChannel reader = FileChannel.open(file, StandardOpenOption.READ);
        reader.position(offset);
        return Channels.newInputStream(reader);
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }
}
