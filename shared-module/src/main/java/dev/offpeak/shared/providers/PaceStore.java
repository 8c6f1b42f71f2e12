package dev.offpeak.shared.providers;

import java.time.Duration;

/// How fast all workers together may call an account of a provider. PostgreSQL is authoritative; each worker reads it
/// once a second.
public interface PaceStore {

    /// @param most the permits of an account that nobody has complained about
    Pace read(ProviderAccount account, int most);

    /// The provider complained: nobody calls it for the pause, and fewer calls at a time afterwards. Complaints within
    /// a second of
    /// each other lower the permits once.
    void slowDown(ProviderAccount account, Duration pause, int most);

    /// Nobody has complained for a while: allow a few more calls at a time, up to the most.
    void speedUp(ProviderAccount account, int most);

    /// @param permits calls that all workers together may have in flight
    /// @param pause how long nobody may call, from now on, on the database's clock; zero or less: not at all
    /// @param workers how many workers share the permits
    record Pace(int permits, Duration pause, int workers) {

        /// This worker's part of the permits, at least one.
        public int share() {
            return Math.max(1, permits / Math.max(1, workers));
        }
    }
}
