package dev.offpeak.worker.batches;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.core.BatchId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What batches may still spend. A large batch takes long to be summed up, so the sum is kept for the next looks, less
/// what they hand on themselves: it is too small at worst.
final class Allowances {

    private static final Duration LONGEST_KEPT = Duration.ofSeconds(10);

    /// How many times as long as it took to sum up, a sum is kept.
    private static final int WORTH = 20;

    private static final int MOST_KEPT = 1_000;

    private final BatchFeeds feeds;
    private final LongSupplier nanos;
    private final Map<BatchId, Known> known = new LinkedHashMap<>();

    /// @param fence of the newest look that had it
    private record Known(Allowance allowance, long fence, long until) {}

    Allowances(BatchFeeds feeds, LongSupplier nanos) {
        this.feeds = feeds;
        this.nanos = nanos;
    }

    /// For one look. Takes long; nothing should be locked meanwhile.
    Allowance of(ClaimedBatch batch) {
        if (batch.maxCost() == null) {
            return new Allowance(null, BatchFeeds.Spending.NOTHING);
        }
        Known kept = take(batch.id());
        // Where another worker has looked in between, nobody here knows what it handed on.
        Known now = kept != null && kept.fence() == batch.fence() - 1 && nanos.getAsLong() < kept.until()
                ? new Known(kept.allowance(), batch.fence(), kept.until())
                : summedUp(batch);
        keep(batch.id(), now);
        return now.allowance();
    }

    private Known summedUp(ClaimedBatch batch) {
        long begun = nanos.getAsLong();
        var allowance = new Allowance(batch.maxCost(), feeds.spending(batch));
        long ended = nanos.getAsLong();
        return new Known(allowance, batch.fence(), ended + Math.min(LONGEST_KEPT.toNanos(), WORTH * (ended - begun)));
    }

    private synchronized @Nullable Known take(BatchId batch) {
        return known.remove(batch);
    }

    private synchronized void keep(BatchId batch, Known now) {
        if (known.size() >= MOST_KEPT) {
            known.remove(known.keySet().iterator().next()); // the one that was looked at longest ago
        }
        known.put(batch, now);
    }
}
