package dev.offpeak.simulator.serving;

import dev.offpeak.simulator.state.Behaviour;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Requests and tokens a minute, for each model of its own. Both are buckets that hold one minute's worth and
/// fill evenly. A call must find room for itself and its prompt; what it generates is taken afterwards and may
/// leave a debt.
public final class RateLimits {
    /// What the headers show where the behaviour sets no limit.
    private static final long SHOWN_RPM = 10_000;

    private static final long SHOWN_TPM = 10_000_000;

    private final LongSupplier nanos;
    private final Map<String, Buckets> models = new HashMap<>();

    public RateLimits(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// What is left, and how long until all of it is back.
    public record View(
            long requestLimit,
            long requestsLeft,
            Duration requestsReset,
            long tokenLimit,
            long tokensLeft,
            Duration tokensReset) {}

    /// `unit` names the limit in the way, null where the call may go on. `patience` is null where waiting does
    /// not help.
    record Admission(
            @Nullable String unit, long limit, @Nullable Duration patience, View view) {}

    synchronized Admission admit(String model, long tokens, Behaviour behaviour) {
        Buckets buckets = models.computeIfAbsent(model, _ -> new Buckets());
        long now = nanos.getAsLong();
        buckets.requests.fill(behaviour.rateLimitRpm(), now);
        buckets.tokens.fill(behaviour.rateLimitTpm(), now);
        String unit = null;
        Bucket scarce = buckets.requests;
        long needed = 1;
        if (buckets.requests.lacks(1)) {
            unit = "requests";
        } else if (buckets.tokens.lacks(tokens)) {
            unit = "tokens";
            scarce = buckets.tokens;
            needed = tokens;
        } else {
            buckets.requests.level -= 1;
            buckets.tokens.level -= tokens;
        }
        return new Admission(unit, scarce.limit == null ? 0 : scarce.limit, scarce.waitFor(needed), view(buckets));
    }

    synchronized void spend(String model, long tokens) {
        Buckets buckets = models.get(model);
        if (buckets != null) {
            buckets.tokens.level -= tokens;
        }
    }

    public synchronized void clear() {
        models.clear();
    }

    private static View view(Buckets buckets) {
        return new View(
                buckets.requests.shown(SHOWN_RPM),
                buckets.requests.left(SHOWN_RPM),
                buckets.requests.untilFull(),
                buckets.tokens.shown(SHOWN_TPM),
                buckets.tokens.left(SHOWN_TPM),
                buckets.tokens.untilFull());
    }

    private static final class Buckets {
        private final Bucket requests = new Bucket();
        private final Bucket tokens = new Bucket();
    }

    private static final class Bucket {
        private @Nullable Long limit;
        private double level;
        private long filledAt;

        private void fill(@Nullable Long now, long nanoTime) {
            if (now == null) {
                limit = null;
                level = 0;
                return;
            }
            if (limit == null || !limit.equals(now)) {
                limit = now;
                level = now;
            } else {
                level = Math.min(now, level + (nanoTime - filledAt) / 6e10 * now);
            }
            filledAt = nanoTime;
        }

        private boolean lacks(long needed) {
            return limit != null && level < needed;
        }

        private @Nullable Duration waitFor(long needed) {
            if (limit == null) {
                return Duration.ZERO;
            }
            if (needed > limit) {
                return null;
            }
            double missing = Math.max(0, needed - level);
            return Duration.ofNanos((long) Math.ceil(missing / limit * 6e10));
        }

        private long shown(long byDefault) {
            return limit == null ? byDefault : limit;
        }

        private long left(long byDefault) {
            return limit == null ? byDefault - 1 : Math.max(0, (long) Math.floor(level));
        }

        private Duration untilFull() {
            return limit == null ? Duration.ofMillis(6) : Duration.ofNanos((long) ((limit - level) / limit * 6e10));
        }
    }
}
