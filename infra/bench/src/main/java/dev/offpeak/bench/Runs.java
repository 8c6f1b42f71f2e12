package dev.offpeak.bench;

import java.time.Clock;

/// What keeps one run apart from all others: its start, and the seed that repeats it otherwise.
final class Runs {

    private Runs() {}

    static Prompts prompts(String command, Arguments arguments, Clock clock) {
        String run = command + " " + Long.toString(clock.millis(), Character.MAX_RADIX);
        return new Prompts(run, seed(arguments));
    }

    static int seed(Arguments arguments) {
        return arguments.whole("seed", 1, 0, Integer.MAX_VALUE);
    }
}
