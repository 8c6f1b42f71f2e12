package dev.offpeak.bench.faults;

import java.util.List;
import java.util.Random;

/// What a run does. All that is left to chance comes from the seed, so the same plan is the same run, as far as the
/// machine's own timing lets it be.
///
/// @param jobs at least so many are submitted
/// @param rate a second
/// @param scenarios names, in the order in which they play
/// @param failpointRounds how often each failpoint ends a process
/// @param stormKills of the SIGKILL storm
record Plan(
        long seed,
        int jobs,
        int rate,
        int apis,
        int workers,
        List<String> scenarios,
        int failpointRounds,
        int stormKills) {

    Random random(String purpose) {
        return new Random(seed * 31 + purpose.hashCode());
    }
}
