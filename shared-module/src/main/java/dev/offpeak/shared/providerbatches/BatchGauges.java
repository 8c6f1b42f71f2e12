package dev.offpeak.shared.providerbatches;

import java.time.Duration;
import java.util.List;

/// How many provider batches there are, for metrics.
public interface BatchGauges {

    List<Standing> unfinished();

    /// How much of the prompts of workflows came from providers' prompt caches, over the provider batches of the
    /// last day whose lines share a prefix that is long enough for it; the largest of them.
    List<Cached> cached(int limit);

    record Cached(String provider, String workflow, double share) {}

    /// @param oldest since its lines were closed, or its first line came where it still collects
    record Standing(String provider, BatchState state, long batches, long lines, Duration oldest) {}
}
