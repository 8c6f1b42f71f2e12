package dev.offpeak.simulator.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {
    private static final String TYPE = "multipart/form-data; boundary=\"b-1\"";

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 1 << 16})
    void readsPartsHoweverTheyComeIn(int stride) throws IOException {
        String content = "line one\r\n--b\r\n--b-\r\nline\r\r\n" + "x".repeat(150_000);
        Multipart form = form("""
                --b-1\r
                Content-Disposition: form-data; name="purpose"\r
                \r
                batch\r
                --b-1\r
                content-disposition: form-data; name="file"; filename="lines.jsonl"\r
                Content-Type: application/octet-stream\r
                \r
                %s\r
                --b-1--\r
                """.formatted(content), stride);

        Multipart.Part purpose = next(form);
        assertThat(purpose.name()).isEqualTo("purpose");
        assertThat(purpose.fileName()).isNull();
        assertThat(purpose.text()).isEqualTo("batch");
        Multipart.Part file = next(form);
        assertThat(file.fileName()).isEqualTo("lines.jsonl");
        assertThat(file.content().readAllBytes())
                .asString(StandardCharsets.UTF_8)
                .isEqualTo(content);
        assertThat(form.next()).isNull();
    }

    @Test
    void skipsWhatIsNotRead() throws IOException {
        Multipart form = form(
                "--b-1\r\nContent-Disposition: form-data; name=a\r\n\r\nskipped\r\n--b-1\r\n"
                        + "Content-Disposition: form-data; name=b\r\n\r\n\r\n--b-1--",
                3);

        assertThat(next(form).name()).isEqualTo("a");
        Multipart.Part empty = next(form);
        assertThat(empty.name()).isEqualTo("b");
        assertThat(empty.text()).isEmpty();
    }

    @Test
    void saysWhereTheFormBreaksOff() throws IOException {
        Multipart form = form("--b-1\r\nContent-Disposition: form-data; name=a\r\n\r\nnever ends", 5);
        Multipart.Part part = next(form);

        assertThatThrownBy(() -> part.content().readAllBytes()).isInstanceOf(EOFException.class);
    }

    @Test
    void takesNothingButForms() {
        assertThat(Multipart.of("application/json", InputStream.nullInputStream()))
                .isNull();
        assertThat(Multipart.of("multipart/form-data", InputStream.nullInputStream()))
                .isNull();
        assertThat(Multipart.of(null, InputStream.nullInputStream())).isNull();
    }

    private static Multipart form(String body, int stride) {
        var in = new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8)) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(stride, length));
            }
        };
        return present(Multipart.of(TYPE, in));
    }

    private static Multipart.Part next(Multipart form) throws IOException {
        return present(form.next());
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new AssertionError("nothing there");
        }
        return value;
    }
}
