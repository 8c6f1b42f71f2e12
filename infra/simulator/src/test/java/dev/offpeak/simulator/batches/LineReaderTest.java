package dev.offpeak.simulator.batches;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LineReaderTest {
    @Test
    void leavesOutLineEndsAndBlankLinesButCountsThem() throws IOException {
        try (var reader = reader("one\r\n\n  \ntwo\nthree")) {
            assertThat(reader.next()).asString(StandardCharsets.UTF_8).isEqualTo("one");
            assertThat(reader.number()).isEqualTo(1);
            assertThat(reader.next()).asString(StandardCharsets.UTF_8).isEqualTo("two");
            assertThat(reader.number()).isEqualTo(4);
            assertThat(reader.next()).asString(StandardCharsets.UTF_8).isEqualTo("three");
            assertThat(reader.next()).isNull();
        }
    }

    @Test
    void keepsOnlyTheBeginningOfALineBeyondTheBound() throws IOException {
        try (var reader = reader("x".repeat(LineReader.MAX_LINE + 100_000) + "\nnext\n")) {
            assertThat(reader.next()).hasSize(LineReader.MAX_LINE);
            assertThat(reader.tooLong()).isTrue();
            assertThat(reader.next()).asString(StandardCharsets.UTF_8).isEqualTo("next");
            assertThat(reader.tooLong()).isFalse();
        }
    }

    private static LineReader reader(String text) {
        return new LineReader(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
    }
}
