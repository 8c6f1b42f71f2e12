package dev.offpeak.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class BatchConductTest {

    @TempDir
    private Path folder;

    private final Deque<ObjectNode> taken = new ArrayDeque<>();
    private History history;
    private BatchConduct conduct;

    @BeforeEach
    void write() throws IOException {
        history = new History(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC), folder.resolve("history.ndjson"));
        conduct = new BatchConduct(taken::add, history, 4);
    }

    @AfterEach
    void end() throws IOException {
        history.close();
    }

    @Test
    void theTideDoesNotUndoWhatAScenarioDoes() {
        conduct.usual();
        conduct.lie("cut");
        conduct.slow(true);
        assertThat(last("create_fails_after_creating_rate")).isEqualTo("1.0");
        assertThat(last("create_fails_with")).isEqualTo("cut");
        assertThat(last("seconds_to_complete")).isEqualTo("160");

        conduct.slow(false);
        assertThat(last("create_fails_after_creating_rate")).isEqualTo("1.0");
        assertThat(last("seconds_to_complete")).isEqualTo("4");
    }

    @Test
    void aScenariosEndLeavesTheTideAsItIs() {
        conduct.slow(true);
        conduct.lie("error");
        conduct.lie(null);

        assertThat(last("create_fails_after_creating_rate")).isEqualTo("0.1");
        assertThat(last("create_fails_with")).isEqualTo("error");
        assertThat(last("seconds_to_complete")).isEqualTo("160");
    }

    @Test
    void linesFailAndGetLostWhateverElseHappens() {
        conduct.lie("error");

        assertThat(last("line_error_rate")).isEqualTo("0.03");
        assertThat(last("line_lost_rate")).isEqualTo("0.02");
    }

    @Test
    void saysWhetherTheSimulatorListens() {
        assertThat(conduct.lie("error")).isTrue();

        var deaf = new BatchConduct(
                _ -> {
                    throw new UncheckedIOException(new IOException("nobody there"));
                },
                history,
                4);
        assertThat(deaf.lie("error")).isFalse();
    }

    private String last(String field) {
        return taken.getLast().path(field).asString();
    }
}
