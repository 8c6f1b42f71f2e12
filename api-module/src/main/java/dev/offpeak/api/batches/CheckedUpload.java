package dev.offpeak.api.batches;

import dev.offpeak.shared.batches.BatchStore.Rows;
import dev.offpeak.shared.batches.InvalidLine;
import dev.offpeak.shared.batches.NewBatch;
import dev.offpeak.shared.jobs.LaneReason;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An upload whose lines have become rows, in files.
///
/// @param atRisk what is to be said of the deadlines of its lines; null: nothing
/// @param firstInvalid the first few lines that could not become jobs
record CheckedUpload(
        NewBatch batch,
        @Nullable LaneReason atRisk,
        List<InvalidLine> firstInvalid,
        SpoolFile jobs,
        SpoolFile inputs,
        SpoolFile invalidLines)
        implements Closeable {

    Rows rows() throws IOException {
        return new Rows(jobs.in(), inputs.in(), invalidLines.in());
    }

    @Override
    public void close() throws IOException {
        try (jobs;
                inputs;
                invalidLines) {
            // all three, whatever happens to one of them
        }
    }
}
