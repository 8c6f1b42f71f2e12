package dev.offpeak.bench.faults;

import dev.offpeak.bench.Http;
import dev.offpeak.bench.Waiting;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One process of Offpeak that faults befall and that is started again. Its starts and ends go into the history,
/// whoever caused them.
final class Member {

    /// What a process ends with that signal 9 or a failpoint ended.
    static final int KILLED = 137;

    private static final Duration LONGEST_START = Duration.ofSeconds(180);
    private static final Duration PAUSE_BEFORE_A_RESTART = Duration.ofSeconds(1);
    private static final List<String> OURS = List.of("OFFPEAK_", "OPENAI_", "ANTHROPIC_", "SPRING_", "WRONG_CLOCK");

    /// What a member is.
    enum Role {
        API,
        WORKER,
        SIMULATOR
    }

    private final String name;
    private final Role role;
    private final Supplier<List<String>> command;
    private final Map<String, String> environment;
    private final Path log;
    private final URI health;
    private final Http http;
    private final History history;
    private volatile @Nullable Process process;
    private volatile boolean wasReady;
    private volatile boolean over;

    Member(
            String name,
            Role role,
            Supplier<List<String>> command,
            Map<String, String> environment,
            Path log,
            URI health,
            Http http,
            History history) {
        this.name = name;
        this.role = role;
        this.command = command;
        this.environment = environment;
        this.log = log;
        this.health = health;
        this.http = http;
        this.history = history;
    }

    String name() {
        return name;
    }

    Role role() {
        return role;
    }

    /// @param more environment for this start only, such as an armed failpoint
    synchronized void start(Map<String, String> more) {
        if (over || isAlive()) {
            return;
        }
        try {
            Process started = prepared(command.get(), more).start();
            process = started;
            var armed = more.getOrDefault(Failpoint.VARIABLE, "");
            history.add("started", Map.of("member", name, "pid", started.pid(), "armed", armed));
            wasReady = false;
            var unused = started.onExit().thenAccept(ended -> ended(ended, more));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be started", e);
        }
    }

    /// Runs another program to its end, in this member's environment.
    void rehearse(List<String> other) throws IOException, InterruptedException {
        var process = prepared(other, Map.of()).start();
        if (!process.waitFor(LONGEST_START.toSeconds(), TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(name + " does not end its rehearsal");
        }
    }

    private ProcessBuilder prepared(List<String> program, Map<String, String> more) {
        var builder = new ProcessBuilder(program)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment()
                .keySet()
                .removeIf(variable -> OURS.stream().anyMatch(variable::startsWith)); // the run's, not the shell's
        builder.environment().putAll(environment);
        builder.environment().putAll(more);
        return builder;
    }

    /// As a supervisor does, one that failed by itself is started again, for example when the database was away.
    private void ended(Process ended, Map<String, String> more) {
        if (over) {
            return;
        }
        history.add("ended", Map.of("member", name, "pid", ended.pid(), "exit", ended.exitValue(), "ready", wasReady));
        if (ended.exitValue() != KILLED) {
            Waiting.untilNanos(System.nanoTime() + PAUSE_BEFORE_A_RESTART.toNanos());
            start(more);
        }
    }

    /// Signal 9, and nothing else.
    void kill() {
        var running = process;
        if (running != null) {
            running.destroyForcibly();
            ended(Duration.ofSeconds(20));
        }
    }

    /// @param signal such as STOP
    void signal(String signal) throws IOException {
        var running = process;
        if (running != null && running.isAlive()) {
            Program.run(List.of("kill", "-" + signal, Long.toString(running.pid())));
        }
    }

    long pid() {
        var running = process;
        return running == null ? -1 : running.pid();
    }

    boolean isAlive() {
        var running = process;
        return running != null && running.isAlive();
    }

    /// @return whether it has ended within that time
    boolean ended(Duration atMost) {
        var running = process;
        try {
            return running == null || running.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// @return what it ended with; 0 where it has not ended
    int exitValue() {
        var running = process;
        return running == null || running.isAlive() ? 0 : running.exitValue();
    }

    boolean isReady() {
        try {
            boolean ready = http.send("GET", health, null, List.of()).status() == 200;
            wasReady |= ready;
            return ready;
        } catch (UncheckedIOException _) {
            return false;
        }
    }

    /// @return whether it is ready in time; not where it was ended
    boolean awaitReady() {
        return Waiting.until(() -> exitValue() == KILLED || isReady(), LONGEST_START, Duration.ofMillis(200))
                && exitValue() != KILLED;
    }

    /// For good; a stopped process is ended as well.
    void end() {
        over = true;
        kill();
    }
}
