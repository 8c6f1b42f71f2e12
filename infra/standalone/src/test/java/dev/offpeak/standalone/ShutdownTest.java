package dev.offpeak.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class ShutdownTest {
    private final ArrayList<String> closed = new ArrayList<>();
    private final Shutdown shutdown = new Shutdown();

    @Test
    void closesTheLastStartedFirstWhateverOneOfThemDoes() {
        shutdown.closes(() -> closed.add("folder"));
        shutdown.closes(() -> {
            throw new IllegalStateException("a server that does not want to go");
        });
        shutdown.closes(() -> closed.add("contexts"));

        shutdown.closeAll();

        assertThat(closed).containsExactly("contexts", "folder");
    }

    @Test
    void closesAtOnceWhatComesUpWhenTheEndHasCome() {
        shutdown.closeAll();

        shutdown.closes(() -> closed.add("late server"));

        assertThat(closed).containsExactly("late server");
    }
}
