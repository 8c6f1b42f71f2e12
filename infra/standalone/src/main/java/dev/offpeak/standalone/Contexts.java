package dev.offpeak.standalone;

import java.util.ArrayDeque;
import java.util.Deque;
import org.springframework.context.ConfigurableApplicationContext;

/// API, worker and simulator, each in an application context of its own.
final class Contexts implements AutoCloseable {
    /// The last started is the first closed.
    private final Deque<ConfigurableApplicationContext> running = new ArrayDeque<>();

    private Contexts() {}

    /// Starts all of them.
    ///
    /// @throws CannotStart when one does not come up; then none is left running
    static Contexts start(StandaloneSettings settings, Servers servers, Keys keys) {
        return new Contexts();
    }

    /// Closes what runs: the worker drains, the API finishes the requests it has.
    @Override
    public void close() {
        while (!running.isEmpty()) {
            running.pop().close();
        }
    }
}
