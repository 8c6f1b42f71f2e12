package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BodyLinesTest {

    private static List<BodyLines.Line> lines(String body) throws IOException {
        var lines = new ArrayList<BodyLines.Line>();
        var reader = new BodyLines(new ByteArrayInputStream(body.getBytes(UTF_8)));
        for (var line = reader.next(); line != null; line = reader.next()) {
            lines.add(line);
        }
        return lines;
    }

    private static List<String> texts(String body) throws IOException {
        return lines(body).stream().map(line -> new String(line.bytes(), UTF_8)).toList();
    }

    @Test
    void endsLinesWithOrWithoutCarriageReturns() throws IOException {
        assertThat(texts("a\nb\r\nc")).containsExactly("a", "b", "c");
        assertThat(texts("a\n")).containsExactly("a");
        assertThat(texts("")).isEmpty();
    }

    @Test
    void numbersBlankLinesToo() throws IOException {
        var lines = lines("\n  \r\na\n");

        assertThat(lines).extracting(BodyLines.Line::number).containsExactly(1, 2, 3);
        assertThat(lines).extracting(BodyLines.Line::blank).containsExactly(true, true, false);
    }

    @Test
    void leavesAByteOrderMarkOut() throws IOException {
        assertThat(texts("\uFEFFa\n\uFEFFb\n")).containsExactly("a", "\uFEFFb");
    }

    @Test
    void keepsNothingOfALineThatIsTooLongAndReadsOnBehindIt() throws IOException {
        var longest = "x".repeat(BodyLines.MOST_BYTES);
        var lines = lines(longest + "\n" + longest + "x\nnext\n");

        assertThat(lines).extracting(BodyLines.Line::tooLong).containsExactly(false, true, false);
        assertThat(lines).extracting(line -> line.bytes().length).containsExactly(BodyLines.MOST_BYTES, 0, 4);
    }

    @Test
    void findsLinesThatCrossItsBuffer() throws IOException {
        var body = new StringBuilder();
        for (int i = 0; i < 50_000; i++) {
            body.append("line ").append(i).append('\n');
        }

        var texts = texts(body.toString());

        assertThat(texts).hasSize(50_000).endsWith("line 49999");
    }
}
