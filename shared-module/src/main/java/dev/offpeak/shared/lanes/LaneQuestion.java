package dev.offpeak.shared.lanes;

import dev.offpeak.shared.core.Usd;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// All that the choice of a lane depends on.
///
/// @param timeLeft until the job's deadline
/// @param batches whether the provider has a batch API
/// @param flex whether it answers calls to the model at the price of batches
/// @param collect how long a provider batch collects lines before it is sent
/// @param batchTimes from sending a provider batch to its end
/// @param flexTimes from a flex call to its answer
/// @param direct what the direct lane can bear
/// @param margin what is left for all that is not known
/// @param directCost the most that a call now costs; null: it has no price
/// @param batchCost the most that a line costs; null: it has no price
/// @param flexCost the most that an answer on the flex tier costs; null: it has no price
/// @param budget what the job may still cost; null: whatever it costs
/// @param count how many of its kind come at once
public record LaneQuestion(
        Duration timeLeft,
        Willingness willingness,
        boolean batches,
        boolean flex,
        Duration collect,
        Quantiles batchTimes,
        Quantiles flexTimes,
        Capacity direct,
        Duration margin,
        @Nullable Usd directCost,
        @Nullable Usd batchCost,
        @Nullable Usd flexCost,
        @Nullable Usd budget,
        int count) {

    @Nullable Usd cost(Way way) {
        return switch (way) {
            case DIRECT -> directCost;
            case BATCH -> batchCost;
            case FLEX -> flexCost;
        };
    }

    /// How long from now the answer should be there, of many the last one, nine times out of ten.
    Duration finish(Way way) {
        return switch (way) {
            case DIRECT -> direct.finish(count);
            case BATCH -> collect.plus(batchTimes.p90());
            case FLEX -> flexTimes.p90().plus(direct.finish(count)).minus(direct.finish(1));
        };
    }

    boolean affords(@Nullable Usd cost) {
        return budget == null || (cost != null && cost.compareTo(budget) <= 0);
    }
}
