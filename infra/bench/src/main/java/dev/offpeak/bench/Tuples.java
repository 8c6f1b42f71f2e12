package dev.offpeak.bench;

/// A table's rows at one moment, as PostgreSQL estimates them.
///
/// @param changes rows updated or deleted since its statistics began
/// @param trigger so many dead rows start an autovacuum
record Tuples(long live, long dead, long changes, long trigger) {}
