package dev.offpeak.bench;

/// One measurement or check, its options already read.
@FunctionalInterface
public interface Command {
    Findings run() throws Exception;
}
