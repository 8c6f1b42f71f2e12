package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.core.JobId;
import dev.offpeak.shared.core.ProviderBatchId;
import dev.offpeak.shared.jobs.GenerationRequest;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the lines of a provider batch are made of.
public interface BatchLines {

    /// Reads lines that are assigned or sent in the order of their numbers, a few at a time: nothing is
    /// read whole.
    void read(ProviderBatchRow batch, Sink sink) throws IOException, InterruptedException;

    /// The line of a batch with the lowest number that is assigned or sent.
    Optional<Line> first(ProviderBatchId batch);

    /// Takes lines one by one. What it throws ends the reading and comes through.
    @FunctionalInterface
    interface Sink {
        void line(Line line) throws IOException, InterruptedException;
    }

    /// @param request null where it was erased
    record Line(
            int number,
            JobId job,
            String workflow,
            int workflowVersion,
            long inputTokens,
            @Nullable GenerationRequest request) {}
}
