package dev.offpeak.shared.lanes;

import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.jobs.LaneReason;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One way that a job could go.
///
/// @param finish how long from now the answer should be there
/// @param cost the most that it costs; null: it has no price
/// @param against what speaks against it; nothing: it is cheap enough and in time
public record LaneOption(Way way, Duration finish, @Nullable Usd cost, List<LaneReason> against) {

    public LaneOption {
        against = List.copyOf(against);
    }

    boolean possible() {
        return against.isEmpty();
    }
}
