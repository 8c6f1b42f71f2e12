package dev.offpeak.worker.providers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/// The lines of a body that may be as large as it likes, in constant memory. A virtual thread of its own
/// reads, and hands blocks over to the caller: so an interrupt is felt at once wherever the caller runs,
/// and what the caller does with a line happens on its own thread.
public final class ResultLines implements AutoCloseable {

    /// A longer line is no answer that anybody asked for; it is cut, and said to be.
    static final int LONGEST_LINE = 16 * 1024 * 1024;

    private static final int BLOCK = 64 * 1024;
    private static final int BLOCKS_AHEAD = 4;
    private static final int FIRST_GUESS = 8 * 1024;

    private final BlockingQueue<Piece> pieces = new ArrayBlockingQueue<>(BLOCKS_AHEAD);
    private final Thread reader;
    private final int longest;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(FIRST_GUESS);
    private boolean cut;
    private byte[] block = new byte[0];
    private int at;
    private boolean ended;

    /// @param bytes without the line's end
    /// @param whole false where the line is longer than any may be: then these are its first bytes
    /// @param terminated false for a last line without an end, which may be all that came of it
    public record Line(byte[] bytes, boolean whole, boolean terminated) {

        boolean blank() {
            for (byte b : bytes) {
                if (b != ' ' && b != '\t') {
                    return false;
                }
            }
            return true;
        }
    }

    /// A body that has been asked for, with what has to be closed after it.
    public interface Body extends AutoCloseable {

        InputStream stream();

        @Override
        void close();
    }

    /// Asks for a body.
    @FunctionalInterface
    public interface Opening {
        Body open() throws IOException;
    }

    private sealed interface Piece {
        record Block(byte[] bytes) implements Piece {}

        record End() implements Piece {}

        record Broken(IOException how) implements Piece {}

        record Failed(RuntimeException how) implements Piece {}
    }

    private ResultLines(Opening opening, int longest) {
        this.longest = longest;
        this.reader = Thread.ofVirtual().name("provider-results").start(() -> read(opening));
    }

    public static ResultLines of(Opening opening) {
        return of(opening, LONGEST_LINE);
    }

    static ResultLines of(Opening opening, int longest) {
        return new ResultLines(opening, longest);
    }

    private void read(Opening opening) {
        try {
            pieces.put(readAll(opening));
        } catch (InterruptedException _) {
            // nobody listens any more
        }
    }

    private Piece readAll(Opening opening) throws InterruptedException {
        try (Body body = opening.open()) {
            var buffer = new byte[BLOCK];
            for (int read = body.stream().read(buffer);
                    read >= 0;
                    read = body.stream().read(buffer)) {
                pieces.put(new Piece.Block(Arrays.copyOf(buffer, read)));
            }
            return new Piece.End();
        } catch (IOException broken) {
            return new Piece.Broken(broken);
        } catch (RuntimeException failed) {
            return new Piece.Failed(failed);
        }
    }

    /// @return the next line that is not blank; null after the last one
    /// @throws IOException where the body broke off
    /// @throws RuntimeException what the opening threw
    public @Nullable Line next() throws IOException, InterruptedException {
        while (!ended) {
            Line next = nextOfAll();
            if (next != null && !next.blank()) {
                return next;
            }
        }
        return null;
    }

    private @Nullable Line nextOfAll() throws IOException, InterruptedException {
        while (true) {
            int end = lineEnd();
            if (end >= 0) {
                take(end);
                at = end + 1;
                return line(true);
            }
            take(block.length);
            if (!refill()) {
                ended = true;
                return line(false);
            }
        }
    }

    private int lineEnd() {
        for (int i = at; i < block.length; i++) {
            if (block[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void take(int end) {
        int room = longest - line.size();
        int length = end - at;
        line.write(block, at, Math.min(room, length));
        cut |= length > room;
    }

    private boolean refill() throws IOException, InterruptedException {
        return switch (pieces.take()) {
            case Piece.Block(byte[] bytes) -> {
                block = bytes;
                at = 0;
                yield true;
            }
            case Piece.End() -> false;
            case Piece.Broken(IOException how) -> throw how;
            case Piece.Failed(RuntimeException how) -> throw how;
        };
    }

    private Line line(boolean terminated) {
        byte[] bytes = line.toByteArray();
        boolean carriageReturn = bytes.length > 0 && bytes[bytes.length - 1] == '\r';
        var whole = new Line(carriageReturn ? Arrays.copyOf(bytes, bytes.length - 1) : bytes, !cut, terminated);
        line.reset();
        cut = false;
        return whole;
    }

    /// Stops the reading, if it still goes on, and closes the body.
    @Override
    public void close() {
        reader.interrupt();
    }
}
