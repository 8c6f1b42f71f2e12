package dev.offpeak.shared.providers;

/// What accounts can take of direct calls, from our own calls of the last minutes.
public interface DirectCapacities {

    /// Kept for some seconds: what is asked at every submission must not cost a look at the calls.
    ///
    /// @param most calls that all workers together may have in flight while no provider complains
    DirectCapacity of(ProviderAccount account, int most);
}
