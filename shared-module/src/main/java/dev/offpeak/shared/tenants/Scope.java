package dev.offpeak.shared.tenants;

import java.util.Locale;
import java.util.Optional;

/// What an API key may do. No scope includes another.
public enum Scope {
    /// Submit, read and cancel jobs.
    JOBS,
    /// Read everything of the tenant.
    READ,
    /// Change the tenant's workflows, templates, webhooks and API keys.
    ADMIN,
    /// Change tenants.
    OPERATOR;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException where there is no such scope
    public static Scope ofWire(String wire) {
        return parse(wire).orElseThrow(() -> new IllegalArgumentException("no scope: " + wire));
    }

    /// @return empty where there is no such scope
    public static Optional<Scope> parse(String wire) {
        for (Scope scope : values()) {
            if (scope.wire().equals(wire)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }
}
