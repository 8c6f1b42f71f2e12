package dev.offpeak.simulator.batches;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/// Reads lines without their line ends, blank ones left out. Of a line beyond the bound only the beginning is
/// kept, and [#tooLong] says so.
public final class LineReader implements AutoCloseable {
    public static final int MAX_LINE = 8 << 20;

    private final InputStream in;
    private final byte[] block = new byte[1 << 16];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    private int at;
    private int size;
    private long number;
    private boolean tooLong;

    public LineReader(InputStream in) {
        this.in = in;
    }

    /// The next line that is not blank, or null at the end.
    public byte @Nullable [] next() throws IOException {
        while (readLine()) {
            number++;
            byte[] whole = line.toByteArray();
            int length = whole.length;
            if (length > 0 && whole[length - 1] == '\r') {
                length--;
            }
            if (!blank(whole, length)) {
                return length == whole.length ? whole : java.util.Arrays.copyOf(whole, length);
            }
        }
        return null;
    }

    /// The number of the last line, counted from 1 with blank lines.
    public long number() {
        return number;
    }

    public boolean tooLong() {
        return tooLong;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /// False where nothing is left.
    private boolean readLine() throws IOException {
        line.reset();
        tooLong = false;
        boolean any = false;
        while (true) {
            if (at == size) {
                size = in.read(block);
                at = 0;
                if (size <= 0) {
                    size = 0;
                    return any;
                }
            }
            any = true;
            int end = at;
            while (end < size && block[end] != '\n') {
                end++;
            }
            int room = MAX_LINE - line.size();
            tooLong |= end - at > room;
            line.write(block, at, Math.min(end - at, room));
            boolean ended = end < size;
            at = ended ? end + 1 : end;
            if (ended) {
                return true;
            }
        }
    }

    private static boolean blank(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            if (bytes[i] != ' ' && bytes[i] != '\t') {
                return false;
            }
        }
        return true;
    }
}
