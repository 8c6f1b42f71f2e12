package dev.offpeak.shared.ledger;

import dev.offpeak.shared.core.Usd;
import java.time.Duration;

/// Estimates in the ledger that may still change: nobody has said yet what the call cost.
public interface OpenCosts {

    /// Settles what has been open for so long. No provider can be asked what a single call cost, so after that the
    /// estimate stands: it stays in the bill, stays `unconfirmed`, and no longer keeps a receipt open.
    ///
    /// @param limit how many at most in one go
    /// @return how many; less than the limit where nothing is left
    int writeOff(Duration after, int limit);

    /// What is open now.
    Sum sum();

    /// @param usd of the calls that have a price
    record Sum(long calls, Usd usd) {}
}
