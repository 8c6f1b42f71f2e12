package dev.offpeak.shared.lanes;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the database knows of how long things took, and of what waits.
public interface LaneObservations {

    /// Provider batches of the last two weeks, from sending to end, by the hour (UTC) in which they were
    /// sent and all together. One that is still out and later than most counts with the age that it has
    /// reached: a provider that stalls would look fast if only those counted that came back.
    ///
    /// @param expected what is late where nothing has ended yet
    List<Observed> batches(Duration expected);

    /// The newest answered calls.
    List<Observed> calls();

    /// How many jobs may have to be called by when, nearest first; the nearest ten thousand only. Lines of provider
    /// batches are none of them: they are called only if their batch does not come.
    List<Due> due();

    /// @param provider as shown
    /// @param hour null: of all hours
    record Observed(String provider, String model, @Nullable Integer hour, long seen, Quantiles took) {}

    /// @param provider as shown; null where none was chosen yet
    /// @param within from the moment of reading
    record Due(@Nullable String provider, Duration within, long jobs) {}
}
