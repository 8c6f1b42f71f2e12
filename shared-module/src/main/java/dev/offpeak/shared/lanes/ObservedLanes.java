package dev.offpeak.shared.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.ledger.Charges;
import dev.offpeak.shared.providers.BatchCapabilities;
import dev.offpeak.shared.providers.ModelCapabilities;
import dev.offpeak.shared.providers.ProviderAccount;
import dev.offpeak.shared.providers.ProviderSettings;
import java.util.Optional;

/// Puts together what the choice of a lane depends on: prices, capabilities and what was observed.
final class ObservedLanes implements Lanes {

    private final LaneTimes times;
    private final Charges charges;
    private final ProviderSettings providers;
    private final LaneSettings settings;

    ObservedLanes(LaneTimes times, Charges charges, ProviderSettings providers, LaneSettings settings) {
        this.times = times;
        this.charges = charges;
        this.providers = providers;
        this.settings = settings;
    }

    @Override
    public Optional<BatchCapabilities> batches(ProviderAccount account) {
        return settings.noBatchesAt().contains(account.provider()) ? Optional.empty() : providers.batches(account);
    }

    @Override
    public LaneDecision choose(Request request) {
        ProviderAccount account = request.account();
        Optional<BatchCapabilities> batches = batches(account);
        Usd batch =
                charges.atMostInBatch(account, request.model(), request.most()).billed();
        return LaneChoice.choose(new LaneQuestion(
                request.timeLeft(),
                request.willingness(),
                batches.isPresent(),
                // a server without batches is not the provider itself, and has no such tier either
                batches.isPresent() && ModelCapabilities.takesFlex(account.provider(), request.model()),
                settings.collectFor(),
                batches.map(can -> times.batch(account, request.model(), can.window()))
                        .orElseGet(() -> Quantiles.expected(settings.expectedBatch())),
                times.flex(),
                times.capacity(account, request.model(), request.timeLeft()),
                settings.safetyMargin(),
                charges.atMost(account, request.model(), request.most()).billed(),
                batch,
                batch, // the same price; what flex saves on cached prompts comes on top
                request.budget(),
                request.count()));
    }
}
