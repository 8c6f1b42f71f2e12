package dev.offpeak.api.batches;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The lines of a body, one by one: ended by a line feed, with or without a carriage return before it, or by the end.
/// A byte order mark at the very start is nobody's line.
final class BodyLines {

    /// As much as a single request may have.
    static final int MOST_BYTES = 1 << 20;

    private static final byte[] MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

    private final InputStream body;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int end;
    private byte[] line = new byte[1 << 13];
    private int length;
    private int number;

    BodyLines(InputStream body) {
        this.body = body;
    }

    /// @param number from 1
    /// @param bytes without the line's end; empty where the line is too long
    @SuppressWarnings("ArrayRecordComponent") // because the bytes are only handed on
    record Line(int number, byte[] bytes, boolean tooLong) {

        boolean blank() {
            for (byte b : bytes) {
                if (b != ' ' && b != '\t' && b != '\r') {
                    return false;
                }
            }
            return !tooLong;
        }
    }

    /// @return null at the end
    @Nullable Line next() throws IOException {
        length = 0;
        boolean tooLong = false;
        boolean begun = false;
        boolean ended = false;
        while (!ended && (at < end || fill())) {
            begun = true;
            int stop = at;
            while (stop < end && buffer[stop] != '\n') {
                stop++;
            }
            tooLong |= !append(at, stop);
            ended = stop < end;
            at = ended ? stop + 1 : stop;
        }
        if (!begun) {
            return null;
        }
        number++;
        return new Line(number, tooLong ? new byte[0] : trimmed(), tooLong);
    }

    private boolean fill() throws IOException {
        int read = body.read(buffer);
        at = 0;
        end = Math.max(read, 0);
        return read > 0;
    }

    private boolean append(int from, int to) {
        int more = to - from;
        if (length + more > MOST_BYTES) {
            length = MOST_BYTES; // nothing more of it is kept
            return more == 0;
        }
        if (length + more > line.length) {
            line = Arrays.copyOf(line, Math.max(2 * line.length, length + more));
        }
        System.arraycopy(buffer, from, line, length, more);
        length += more;
        return true;
    }

    private byte[] trimmed() {
        int from = number == 1 && length >= MARK.length && Arrays.equals(line, 0, MARK.length, MARK, 0, MARK.length)
                ? MARK.length
                : 0;
        int to = length > from && line[length - 1] == '\r' ? length - 1 : length;
        return Arrays.copyOfRange(line, from, to);
    }
}
