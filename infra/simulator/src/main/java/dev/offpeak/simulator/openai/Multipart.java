package dev.offpeak.simulator.openai;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads a multipart form part by part, in the memory of one block, however large the parts are.
final class Multipart {
    private static final Pattern BOUNDARY = Pattern.compile("boundary=(?:\"([^\"]{1,70})\"|([^;\\s]{1,70}))");
    private static final Pattern NAME = Pattern.compile("[;\\s]name=(?:\"([^\"]*)\"|([^;\\s]+))");
    private static final Pattern FILE_NAME = Pattern.compile("[;\\s]filename=(?:\"([^\"]*)\"|([^;\\s]+))");
    private static final int MAX_HEADER_LINE = 8_192;
    private static final int MAX_HEADERS = 32;

    private final InputStream in;
    private final byte[] delimiter;
    private final byte[] block = new byte[1 << 16];
    private int at;
    private int size;
    private boolean begun;
    private boolean ended;

    /// One part; its content is to be read before the next part is asked for, or is skipped.
    record Part(String name, @Nullable String fileName, InputStream content) {
        /// A short content as text.
        String text() throws IOException {
            return new String(content.readNBytes(1 << 12), StandardCharsets.UTF_8).strip();
        }
    }

    private Multipart(InputStream in, String boundary) {
        this.in = in;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.UTF_8);
        // The first boundary has no line end before it; with one of ours it is like the others.
        block[0] = '\r';
        block[1] = '\n';
        size = 2;
    }

    /// Null where the content type is not that of a form with parts.
    static @Nullable Multipart of(@Nullable String contentType, InputStream in) {
        if (contentType == null || !contentType.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            return null;
        }
        Matcher boundary = BOUNDARY.matcher(contentType);
        return boundary.find() ? new Multipart(in, either(boundary)) : null;
    }

    /// The next part, or null behind the last one. Throws [EOFException] where the form breaks off.
    @Nullable Part next() throws IOException {
        if (!begun) {
            begun = true;
            skipToDelimiter();
        } else if (!ended) {
            skipToDelimiter();
        }
        if (ended) {
            return null;
        }
        at += delimiter.length;
        if (header().startsWith("--")) {
            ended = true;
            return null;
        }
        String name = "";
        String fileName = null;
        int count = 0;
        for (String line = header(); !line.isEmpty(); line = header()) {
            if (++count > MAX_HEADERS) {
                throw new EOFException("a part has too many headers");
            }
            if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
                Matcher named = NAME.matcher(line);
                name = named.find() ? either(named) : "";
                Matcher file = FILE_NAME.matcher(line);
                fileName = file.find() ? either(file) : null;
            }
        }
        return new Part(name, fileName, new Content());
    }

    private void skipToDelimiter() throws IOException {
        for (int there = ahead(); there > 0; there = ahead()) {
            at += there;
        }
    }

    /// How many bytes from here on certainly are content; 0 where a delimiter begins.
    private int ahead() throws IOException {
        while (true) {
            int found = find();
            if (found >= 0) {
                return found - at;
            }
            int safe = size - at - (delimiter.length - 1);
            if (safe > 0) {
                return safe;
            }
            fill();
        }
    }

    private int find() {
        int last = size - delimiter.length;
        for (int i = at; i <= last; i++) {
            if (block[i] == '\r' && matches(i)) {
                return i;
            }
        }
        return -1;
    }

    private boolean matches(int from) {
        for (int i = 1; i < delimiter.length; i++) {
            if (block[from + i] != delimiter[i]) {
                return false;
            }
        }
        return true;
    }

    private void fill() throws IOException {
        if (at > 0) {
            System.arraycopy(block, at, block, 0, size - at);
            size -= at;
            at = 0;
        }
        int more = in.read(block, size, block.length - size);
        if (more <= 0) {
            throw new EOFException("the form breaks off");
        }
        size += more;
    }

    /// A line of headers without its line end.
    private String header() throws IOException {
        var line = new StringBuilder();
        while (true) {
            if (at == size) {
                fill();
            }
            char next = (char) (block[at++] & 0xff);
            if (next == '\n') {
                int length = line.length();
                return length > 0 && line.charAt(length - 1) == '\r' ? line.substring(0, length - 1) : line.toString();
            }
            if (line.length() >= MAX_HEADER_LINE) {
                throw new EOFException("a header of a part is too long");
            }
            line.append(next);
        }
    }

    private static String either(Matcher match) {
        String quoted = match.group(1);
        String bare = match.group(2);
        return quoted != null ? quoted : bare == null ? "" : bare;
    }

    private final class Content extends InputStream {
        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            int there = ahead();
            if (there == 0) {
                return -1;
            }
            int count = Math.min(there, length);
            System.arraycopy(block, at, into, offset, count);
            at += count;
            return count;
        }
    }
}
