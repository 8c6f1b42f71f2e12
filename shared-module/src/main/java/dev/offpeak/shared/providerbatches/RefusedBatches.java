package dev.offpeak.shared.providerbatches;

import java.time.Duration;
import java.util.Optional;

/// Lines of provider batches that were refused as a whole: nothing of them ran. Each method is one
/// transaction, writes nothing where a newer claim holds the batch, and does nothing the second time.
public interface RefusedBatches {

    /// Gives the lines back, and puts those whose jobs still wait for them into new batches that are
    /// closed: children, split once more than the refused one.
    ///
    /// @param batch claimed and in state `reconciling`
    /// @param parts into how many, of about equal size
    /// @param pause before they go on
    /// @param code why, as it shall stand on the lines
    /// @return how many lines went into children
    int split(ProviderBatchRow batch, int parts, Duration pause, String code);

    /// As [#split(ProviderBatchRow, int, Duration, String)], of lines with which nothing was wrong: the new
    /// batches count as split no more often than the refused one.
    int again(ProviderBatchRow batch, int parts, Duration pause, String code);

    /// How many refused batches these lines have come through before this one.
    int refusedBefore(ProviderBatchRow batch);

    /// Whether another part of the batch that this one was split off from was refused with the same code.
    boolean siblingRefused(ProviderBatchRow batch);

    /// Gives the lines back and has the jobs that still wait for them called directly: those of a bulk with
    /// a limit as far as its feeder finds that it bears it.
    ///
    /// @return how many jobs
    int callDirectly(ProviderBatchRow batch, String code);

    /// The line of the input that a refusal named.
    ///
    /// @param inputLine from 1
    Optional<OpenLine> named(ProviderBatchRow batch, int inputLine);
}
