package dev.offpeak.worker.batches;

import static org.assertj.core.api.Assertions.assertThat;

import dev.offpeak.shared.batches.BatchFeeds;
import dev.offpeak.shared.batches.BatchFeeds.Spending;
import dev.offpeak.shared.batches.BatchStatus;
import dev.offpeak.shared.batches.ClaimedBatch;
import dev.offpeak.shared.core.BatchId;
import dev.offpeak.shared.core.TenantId;
import dev.offpeak.shared.core.Usd;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AllowancesTest {

    private static final Instant NOW = Instant.parse("2026-11-22T00:00:00Z");

    private long nanos;
    private long sumTakes = Duration.ofSeconds(1).toNanos();
    private int sums;
    private final Allowances allowances = new Allowances(feeds(), () -> nanos);

    @Test
    void keepsASumThatTookLongForTenSeconds() {
        var first = allowances.of(batch(1, "10"));

        assertThat(allowances.of(batch(2, "10"))).isSameAs(first);
        nanos += Duration.ofSeconds(11).toNanos();
        assertThat(allowances.of(batch(3, "10"))).isNotSameAs(first);
        assertThat(sums).isEqualTo(2);
    }

    @Test
    void sumsASmallBatchUpAgainSoon() {
        sumTakes = Duration.ofMillis(1).toNanos();
        allowances.of(batch(1, "10"));

        nanos += Duration.ofMillis(21).toNanos();
        allowances.of(batch(2, "10"));

        assertThat(sums).isEqualTo(2);
    }

    @Test
    void trustsNoSumThatAnotherWorkersLookCameAfter() {
        allowances.of(batch(1, "10"));

        allowances.of(batch(3, "10"));

        assertThat(sums).isEqualTo(2);
    }

    @Test
    void sumsNothingUpWhereEverythingMayBeSpent() {
        allowances.of(batch(1, null));

        assertThat(sums).isZero();
    }

    private static ClaimedBatch batch(long fence, @Nullable String maxCost) {
        return new ClaimedBatch(
                new BatchId(new UUID(2, 2)),
                new TenantId(new UUID(1, 1)),
                fence,
                BatchStatus.RUNNING,
                maxCost == null ? null : Usd.of(maxCost),
                false,
                5_000,
                NOW,
                NOW);
    }

    /// Answers the only question that is asked here.
    private BatchFeeds feeds() {
        return (BatchFeeds) Proxy.newProxyInstance(
                BatchFeeds.class.getClassLoader(), new Class<?>[] {BatchFeeds.class}, (_, method, _) -> {
                    assertThat(method.getName()).isEqualTo("spending");
                    sums++;
                    nanos += sumTakes;
                    return Spending.NOTHING;
                });
    }
}
