package dev.offpeak.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Bench bench = new Bench(
            Clock.fixed(Instant.EPOCH, ZoneOffset.UTC),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8));

    @Test
    void namesItsCommands() {
        assertThat(bench.run(List.of())).isEqualTo(2);

        assertThat(err.toString(UTF_8)).contains("full-path, ledger-check, malformed");
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void stopsWithoutAnOpenApiDocument() {
        assertThat(bench.run(List.of("openapi-check", "--document", "/no/such/file.json")))
                .isEqualTo(2);

        assertThat(err.toString(UTF_8)).contains("there is no OpenAPI document");
    }

    @Test
    void refusesATargetElsewhere() {
        assertThat(bench.run(List.of("submit", "--key", "k", "--url", "http://192.0.2.1:80")))
                .isEqualTo(2);

        assertThat(err.toString(UTF_8)).contains("loopback addresses only");
    }
}
