package dev.offpeak.shared.jobs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// By which way a job was answered, as far as that is known.
///
/// @param reasons why it went that way; none leave those that the job already has
public record Route(
        Lane lane, @Nullable String provider, @Nullable String model, List<LaneReason> reasons) {

    public Route {
        reasons = List.copyOf(reasons);
    }

    public Route(Lane lane, @Nullable String provider, @Nullable String model) {
        this(lane, provider, model, List.of());
    }
}
