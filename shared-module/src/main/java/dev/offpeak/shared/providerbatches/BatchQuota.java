package dev.offpeak.shared.providerbatches;

import dev.offpeak.shared.providers.BatchCapabilities.QuotaUnit;
import dev.offpeak.shared.providers.ProviderAccount;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What an account may have enqueued at its provider.
public interface BatchQuota {

    /// A provider refused a batch because too much is enqueued: nothing more is sent for a while, and its
    /// limit is remembered for a day.
    ///
    /// @param learned the limit that the refusal named; empty where it named none
    void refused(ProviderAccount account, String model, QuotaUnit unit, OptionalLong learned, Duration pause);

    /// What is enqueued now, for operators.
    List<Enqueued> enqueued();

    /// @param tokens of the prompts of all that the provider may have
    /// @param learned the limit that the provider has named; null where it has not
    record Enqueued(
            String provider,
            String account,
            String model,
            long tokens,
            long lines,
            @Nullable Long learned) {}
}
