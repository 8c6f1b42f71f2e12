package dev.offpeak.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.bench.Http;
import dev.offpeak.bench.Waiting;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
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
    private volatile @Nullable Run run;
    private volatile @Nullable Process rehearsal;
    private volatile boolean over;

    /// One start of it, and what is known about that one alone.
    private static final class Run {
        private final Process process;
        private final String armed;
        private final long logFrom;
        private volatile boolean ready;
        private volatile boolean killed;

        Run(Process process, String armed, long logFrom) {
            this.process = process;
            this.armed = armed;
            this.logFrom = logFrom;
        }
    }

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
            long logFrom = Files.exists(log) ? Files.size(log) : 0;
            Process started = prepared(command.get(), more).start();
            var its = new Run(started, more.getOrDefault(Failpoint.VARIABLE, ""), logFrom);
            run = its;
            history.add("started", Map.of("member", name, "pid", started.pid(), "armed", its.armed));
            var unused = started.onExit().thenAccept(_ -> ended(its, more));
        } catch (IOException e) {
            throw new UncheckedIOException(name + " cannot be started", e);
        }
    }

    /// Runs another program to its end, in this member's environment.
    void rehearse(List<String> other) throws IOException, InterruptedException {
        Process process;
        synchronized (this) {
            if (over) {
                return;
            }
            process = prepared(other, Map.of()).start();
            rehearsal = process;
        }
        try {
            if (!process.waitFor(LONGEST_START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException(name + " does not end its rehearsal");
            }
        } finally {
            process.destroyForcibly();
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
    private void ended(Run its, Map<String, String> more) {
        if (over) {
            return;
        }
        int exit = its.process.exitValue();
        var cause = cause(its);
        history.add(
                "ended",
                Map.of(
                        "member",
                        name,
                        "pid",
                        its.process.pid(),
                        "exit",
                        exit,
                        "ready",
                        its.ready,
                        "cause",
                        cause,
                        "armed",
                        its.armed));
        if (cause == Evidence.Cause.ITSELF) {
            Waiting.untilNanos(System.nanoTime() + PAUSE_BEFORE_A_RESTART.toNanos());
            start(more);
        }
    }

    private Evidence.Cause cause(Run its) {
        if (its.killed) {
            return Evidence.Cause.KILLED;
        }
        return its.process.exitValue() == KILLED && saidLastWords(its)
                ? Evidence.Cause.FAILPOINT
                : Evidence.Cause.ITSELF;
    }

    /// Whether this start's log ends at a failpoint that it was armed with.
    private boolean saidLastWords(Run its) {
        if (its.armed.isEmpty()) {
            return false;
        }
        List<String> points = Arrays.stream(its.armed.split(",", -1))
                .map(one -> one.substring(0, one.indexOf('=')))
                .toList();
        try (var bytes = Files.newInputStream(log)) {
            bytes.skipNBytes(its.logFrom);
            return new String(bytes.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.contains(Failpoint.LAST_WORDS))
                    .anyMatch(line -> points.stream().anyMatch(line::contains));
        } catch (IOException _) {
            return false;
        }
    }

    /// Signal 9, and nothing else.
    void kill() {
        var its = run;
        if (its != null) {
            if (its.process.isAlive()) {
                its.killed = true;
            }
            its.process.destroyForcibly();
            ended(Duration.ofSeconds(20));
        }
    }

    /// @param signal such as STOP
    /// @throws IOException where it was not sent to a process that lives
    void signal(String signal) throws IOException {
        var its = run;
        if (its != null && its.process.isAlive()) {
            try {
                Program.signal(signal, its.process.pid());
            } catch (IOException e) {
                if (its.process.isAlive()) {
                    throw e;
                }
            }
        }
    }

    /// @return whether the system holds it still; taken as given where the system does not show
    boolean isHeld() {
        Path state = Path.of("/proc", Long.toString(pid()), "stat");
        if (!Files.exists(Path.of("/proc/self/stat"))) {
            return isAlive();
        }
        try {
            return Files.readString(state).contains(") T ");
        } catch (IOException _) {
            return false;
        }
    }

    /// @return whether it ended at the failpoint that it was armed with, and not by the run's own hand
    boolean endedAtFailpoint() {
        var its = run;
        return its != null && !its.process.isAlive() && cause(its) == Evidence.Cause.FAILPOINT;
    }

    long pid() {
        var its = run;
        return its == null ? -1 : its.process.pid();
    }

    boolean isAlive() {
        var its = run;
        return its != null && its.process.isAlive();
    }

    /// @return whether it has ended within that time
    boolean ended(Duration atMost) {
        var its = run;
        try {
            return its == null || its.process.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /// @return what it ended with; 0 where it has not ended
    int exitValue() {
        var its = run;
        return its == null || its.process.isAlive() ? 0 : its.process.exitValue();
    }

    boolean isReady() {
        var its = run;
        if (its == null || !its.process.isAlive()) {
            return false; // its port may be another one's by now
        }
        try {
            boolean ready = http.send("GET", health, null, List.of()).status() == 200;
            if (ready) {
                its.ready = true;
            }
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
        synchronized (this) {
            over = true; // from here on nothing starts
        }
        var other = rehearsal;
        if (other != null) {
            other.destroyForcibly();
        }
        kill();
    }
}
