package dev.offpeak.shared.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// One row in the text form of PostgreSQL's COPY.
public final class CopyRow {

    private final StringBuilder row = new StringBuilder(4096);
    private boolean first = true;

    public CopyRow text(@Nullable String value) {
        separate();
        if (value == null) {
            row.append("\\N");
        } else {
            escape(value);
        }
        return this;
    }

    public CopyRow id(@Nullable UUID value) {
        return text(value == null ? null : value.toString());
    }

    public CopyRow number(long value) {
        separate();
        row.append(value);
        return this;
    }

    public CopyRow flag(boolean value) {
        separate();
        row.append(value ? 't' : 'f');
        return this;
    }

    public CopyRow bytes(byte @Nullable [] value) {
        return text(value == null ? null : "\\x" + HexFormat.of().formatHex(value));
    }

    public CopyRow array(List<String> values) {
        var array = new StringBuilder("{");
        for (String value : values) {
            array.append(array.length() == 1 ? "\"" : ",\"");
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c == '"' || c == '\\') {
                    array.append('\\');
                }
                array.append(c);
            }
            array.append('"');
        }
        return text(array.append('}').toString());
    }

    /// Ends the row; the next column begins another.
    public byte[] end() {
        byte[] bytes = row.append('\n').toString().getBytes(UTF_8);
        row.setLength(0);
        first = true;
        return bytes;
    }

    private void separate() {
        if (!first) {
            row.append('\t');
        }
        first = false;
    }

    private void escape(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '\\' -> row.append("\\\\");
                case '\n' -> row.append("\\n");
                case '\r' -> row.append("\\r");
                case '\t' -> row.append("\\t");
                default -> row.append(c);
            }
        }
    }
}
