package dev.offpeak.bench.faults;

import java.util.List;
import java.util.Random;

/// What a run does. All that is left to chance comes from the seed, so the same plan is the same run, as far as the
/// machine's own timing lets it be.
///
/// @param jobs at least so many are submitted
/// @param rate a second
/// @param scenarios names, in the order in which they play
/// @param failpoints all that Offpeak names
/// @param failpointRounds how often each failpoint ends a process
/// @param stormKills of the SIGKILL storm
record Plan(
        long seed,
        int jobs,
        int rate,
        int apis,
        int workers,
        List<String> scenarios,
        List<Failpoint> failpoints,
        int failpointRounds,
        int stormKills) {

    /// What is told of it: the failpoints are Offpeak's, not of this plan's choice.
    @Override
    public String toString() {
        return "seed " + seed + ", jobs " + jobs + ", rate " + rate + ", apis " + apis + ", workers " + workers
                + ", scenarios " + scenarios + ", failpoint rounds " + failpointRounds + ", storm kills " + stormKills;
    }

    Random random(String purpose) {
        return new Random(seed * 31 + purpose.hashCode());
    }
}
