package dev.offpeak.shared.testing;

/// Breaks the rule that wiring is not public.
public final class PublicForTheTestConfiguration {

    private PublicForTheTestConfiguration() {}
}
