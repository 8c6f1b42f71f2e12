package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoverTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @TempDir
    private Path home;

    @Test
    void refusesToStartBesideAServerThatDoesNotEnd() throws IOException {
        var deaf = sleeper("trap '' INT QUIT; echo ready; exec sleep 60");
        try {
            assertThatThrownBy(() -> Leftover.end(deaf.toHandle(), home, SHORT, List.of("-INT", "-QUIT")))
                    .isInstanceOf(CannotStart.class)
                    .hasMessageContaining("process " + deaf.pid());
            assertThat(deaf.isAlive()).isTrue();
        } finally {
            deaf.destroyForcibly();
        }
    }

    @Test
    void endsOneThatNeedsTheSecondSignal() throws IOException {
        var half = sleeper("trap '' INT; echo ready; exec sleep 60");
        try {
            Leftover.end(half.toHandle(), home, Duration.ofSeconds(2), List.of("-INT", "-TERM"));

            assertThat(Leftover.runsOn(half.toHandle(), home)).isFalse();
        } finally {
            half.destroyForcibly();
        }
    }

    private Process sleeper(String script) throws IOException {
        var process =
                new ProcessBuilder("sh", "-c", script).directory(home.toFile()).start();
        assertThat(process.getInputStream().read()).as("it has begun").isPositive();
        return process;
    }
}
