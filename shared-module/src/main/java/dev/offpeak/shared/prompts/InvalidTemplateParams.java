package dev.offpeak.shared.prompts;

import java.util.List;

/// The values do not fit the template's parameters.
public final class InvalidTemplateParams extends RuntimeException {

    private final transient List<Fault> faults;

    InvalidTemplateParams(List<Fault> faults) {
        super(faults.size() + " template parameters do not fit", null, false, false);
        this.faults = List.copyOf(faults);
    }

    /// @param message what holds of a good value
    public record Fault(String param, String message) {}

    /// At least one.
    public List<Fault> faults() {
        return faults;
    }
}
