package dev.offpeak.worker.lanes.batch;

import dev.offpeak.shared.providerbatches.ProviderBatchRow;
import dev.offpeak.shared.providerbatches.ProviderBatches;
import dev.offpeak.shared.providers.ProviderError;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a step says that a provider did not take: on the row, in the log, in a metric. And how long to
/// leave the provider alone.
final class Troubles {

    private static final Logger log = LoggerFactory.getLogger(Troubles.class);

    private static final int MOST_DOUBLINGS = 12;

    private final ProviderBatches batches;
    private final BatchSettings settings;
    private final BatchMeters meters;
    private final RandomGenerator random;

    Troubles(ProviderBatches batches, BatchSettings settings, BatchMeters meters, RandomGenerator random) {
        this.batches = batches;
        this.settings = settings;
        this.meters = meters;
        this.random = random;
    }

    /// The same step is tried again later.
    Next again(ProviderBatchRow batch, ProviderError error) {
        tell(batch, error);
        batches.troubled(batch, error.code().wire(), error.detail());
        return new Next.Wait(pause(batch, error));
    }

    void tell(ProviderBatchRow batch, ProviderError error) {
        meters.failed(batch, error.code().wire());
        log.atWarn()
                .addKeyValue("providerBatch", batch.id())
                .addKeyValue("state", batch.state().wire())
                .addKeyValue("code", error.code().wire())
                .addKeyValue("detail", error.detail())
                .log("A provider did not take a step of a batch; it is tried again later");
    }

    /// Doubles with every failure, up to a half longer by chance; never shorter than the provider asked
    /// for.
    Duration pause(ProviderBatchRow batch, ProviderError error) {
        return longer(pause(batch), asked(error));
    }

    Duration pause(ProviderBatchRow batch) {
        Duration doubled = settings.backoffBase().multipliedBy(1L << Math.min(batch.failures(), MOST_DOUBLINGS));
        Duration bounded = shorter(doubled, settings.longestPause());
        return bounded.plusMillis(random.nextLong(bounded.toMillis() / 2 + 1));
    }

    private Duration asked(ProviderError error) {
        Optional<Duration> retryAfter = switch (error) {
            case ProviderError.RateLimited limited -> limited.retryAfter();
            case ProviderError.Overloaded overloaded -> overloaded.retryAfter();
            default -> Optional.empty();
        };
        return shorter(retryAfter.orElse(Duration.ZERO), settings.longestPause());
    }

    static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? other : one;
    }
}
