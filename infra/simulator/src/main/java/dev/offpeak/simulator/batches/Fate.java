package dev.offpeak.simulator.batches;

/// What became of a line. Only a line that succeeded ran and is billed; a lost one leaves no trace at all.
public enum Fate {
    SUCCEEDED,
    ERRORED,
    EXPIRED,
    CANCELLED,
    LOST
}
