package dev.offpeak.bench;

import java.io.IOException;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;

/// Two worker processes that share tasks, as [KillRounds] kills them.
interface WorkerPair {

    /// Starts a worker and returns when it takes tasks.
    Process startWorker() throws IOException, InterruptedException;

    /// Hands in one task, which runs longer than a round lasts.
    void submit(int number);

    /// The tasks that a worker holds, living or dead, and how far it came with each.
    Map<String, Hold> heldBy(Process worker);

    /// On the clock that also times the starts.
    Instant now();

    /// Of those tasks, when each first started elsewhere after a moment.
    Map<String, Instant> startedElsewhere(Collection<String> tasks, Process dead, Instant after);

    /// Ends every task submitted so far.
    void endRound();

    /// How far a worker came with a task.
    enum Hold {
        FETCHED,
        CLAIMED,
        RUNNING
    }
}
