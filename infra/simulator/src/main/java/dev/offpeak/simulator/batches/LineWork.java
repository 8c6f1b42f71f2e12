package dev.offpeak.simulator.batches;

import dev.offpeak.simulator.models.Provider;
import java.io.IOException;
import java.time.Instant;

/// What a provider does with the lines of its batches.
public interface LineWork {
    /// Why a line did not run.
    enum Unrun {
        EXPIRED,
        CANCELLED,
        TIMED_OUT,
        FAILED
    }

    Provider provider();

    /// Reads all lines and judges them. `enqueued` are the tokens of the batches that wait or run.
    Verdict validate(BatchView batch, LineReader lines, Enqueued enqueued) throws IOException;

    /// Runs a line, once; `index` counts from 0.
    Outcome run(BatchView batch, byte[] line, long index, Instant now);

    Outcome unrun(BatchView batch, byte[] line, Unrun why);

    /// A line of an answer for a custom id that nobody sent.
    byte[] stray(BatchView batch);

    /// Whether failed lines go into a file of their own.
    boolean hasErrorFile();

    /// The batch is over; what its lines left in caches can be read by others now.
    void ended(BatchView batch, Instant now);

    /// Tokens of a model that are waiting or running.
    interface Enqueued {
        long of(String model);
    }
}
