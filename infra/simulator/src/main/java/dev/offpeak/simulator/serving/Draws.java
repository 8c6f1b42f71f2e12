package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.state.Behaviour;
import dev.offpeak.simulator.tokens.Hashes;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// What fate holds for each try: a function of the seed and the try's number since the last reset, never of the
/// prompt.
public final class Draws {
    private final AtomicLong tries;

    public Draws(long triesSoFar) {
        tries = new AtomicLong(triesSoFar);
    }

    public void restart() {
        tries.set(0);
    }

    Draw next(Behaviour behaviour) {
        long luck = Hashes.mix(Hashes.mix(0x0ff9eaL, behaviour.seed()), tries.getAndIncrement());
        return new Draw(
                roll(luck, 1) < behaviour.errorRate(),
                roll(luck, 2) < behaviour.hangRate(),
                roll(luck, 3) < behaviour.malformedRate(),
                roll(luck, 5) < behaviour.flexUnavailableRate(),
                Duration.ofMillis(behaviour.latencyMs() + Math.round(roll(luck, 4) * behaviour.latencyJitterMs())));
    }

    private static double roll(long luck, int die) {
        return Hashes.fraction(Hashes.mix(luck, die));
    }

    /// @param crowded whether there is no capacity to spare for a flex call
    record Draw(boolean fails, boolean hangs, boolean malformed, boolean crowded, Duration latency) {}
}
