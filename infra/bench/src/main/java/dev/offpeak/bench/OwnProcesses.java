package dev.offpeak.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;

/// The programs that a run started. Closing ends them all at once, and so does the end of the bench itself.
final class OwnProcesses implements AutoCloseable {

    private final ConcurrentLinkedDeque<Process> started = new ConcurrentLinkedDeque<>();
    private final Thread atExit = Thread.ofPlatform().unstarted(this::end);

    OwnProcesses() {
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    Process start(String command, Path log, Map<String, String> environment) throws IOException {
        Process process = Processes.start(command, log, environment);
        started.push(process);
        return process;
    }

    @Override
    public void close() {
        end();
        Runtime.getRuntime().removeShutdownHook(atExit);
    }

    private void end() {
        started.forEach(Process::destroyForcibly);
        started.forEach(process -> process.onExit().join());
    }
}
