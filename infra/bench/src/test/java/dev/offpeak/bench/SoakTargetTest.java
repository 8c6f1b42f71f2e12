package dev.offpeak.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SoakTargetTest {

    @Test
    void findsStandaloneByItsDataFolder(@TempDir Path data) throws IOException {
        Files.writeString(data.resolve("lock"), "4711");
        Files.writeString(data.resolve("postgres.port"), "24173\n");
        Files.writeString(data.resolve("servers-password"), "secret\n");

        assertThat(target("--data-folder", data.toString()))
                .isEqualTo(new SoakTarget(
                        List.of(4711L), "jdbc:postgresql://127.0.0.1:24173/offpeak", "offpeak", "secret"));
    }

    @Test
    void takesSeveralProcessesOnAPostgresqlOfTheirOwn() {
        assertThat(target("--pid", "1, 2", "--postgres", "jdbc:postgresql://127.0.0.1:5432/own"))
                .isEqualTo(new SoakTarget(List.of(1L, 2L), "jdbc:postgresql://127.0.0.1:5432/own", "postgres", ""));
    }

    @Test
    void saysWhatIsMissing(@TempDir Path empty) {
        assertThatThrownBy(() -> target("--pid", "1")).hasMessageContaining("--data-folder");
        assertThatThrownBy(() -> target("--data-folder", empty.toString())).hasMessageContaining("does Offpeak run?");
    }

    private static SoakTarget target(String... words) {
        return SoakTarget.from(Arguments.parse(List.of(words)));
    }
}
