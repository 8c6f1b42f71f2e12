package dev.offpeak.api.batches;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.TenantId;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// How many uploads this node takes in at once, and how many of them it checks: the first bounds its disk, the second
/// its memory. No tenant takes all places.
final class Uploads {

    private static final Duration AGAIN_IN = Duration.ofSeconds(5);

    private final int most;
    private final int mostOfTenant;
    private final Duration patience;
    private final Semaphore checks;
    private final Map<TenantId, Integer> byTenant = new HashMap<>();
    private int all;

    Uploads(BatchSettings settings) {
        this.most = settings.uploads();
        this.mostOfTenant = settings.uploadsPerTenant();
        this.patience = settings.waitForCheck();
        this.checks = new Semaphore(settings.checks(), true);
    }

    /// Gives a place back.
    interface Place extends AutoCloseable {
        @Override
        void close();
    }

    /// @throws Problem where the tenant has enough under way, or this node has
    synchronized Place begin(TenantId tenant) {
        int ofTenant = byTenant.getOrDefault(tenant, 0);
        if (ofTenant >= mostOfTenant) {
            throw Problem.of(
                            ErrorCode.TOO_MANY_REQUESTS,
                            "You have " + ofTenant + " uploads under way; send the next one when one of them has"
                                    + " been answered.")
                    .retryAfter(AGAIN_IN);
        }
        if (all >= most) {
            throw Problem.of(ErrorCode.UNAVAILABLE, "Too many uploads are under way just now.")
                    .retryAfter(AGAIN_IN);
        }
        byTenant.put(tenant, ofTenant + 1);
        all++;
        return () -> end(tenant);
    }

    private synchronized void end(TenantId tenant) {
        all--;
        byTenant.computeIfPresent(tenant, (_, uploads) -> uploads == 1 ? null : uploads - 1);
    }

    /// Waits for its turn to be checked.
    ///
    /// @throws Problem where that takes too long
    Place check() {
        try {
            if (!checks.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw Problem.of(ErrorCode.UNAVAILABLE, "Too many uploads wait to be checked just now.")
                        .retryAfter(AGAIN_IN);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.of(ErrorCode.UNAVAILABLE, "This server is about to stop.")
                    .retryAfter(AGAIN_IN);
        }
        return checks::release;
    }
}
