package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/// Collects everything that is wrong with a request, so that a client learns of it in one answer.
public final class Checks {

    private final List<FieldError> errors = new ArrayList<>();

    /// @param message what holds of a good value: `must be positive`
    /// @return whether it holds
    public boolean check(boolean holds, String field, String message) {
        if (!holds) {
            errors.add(new FieldError(field, message));
        }
        return holds;
    }

    public void wrong(String field, String message) {
        errors.add(new FieldError(field, message));
    }

    public boolean passed() {
        return errors.isEmpty();
    }

    /// @throws Problem where anything was wrong
    public void throwIfAny() {
        if (!errors.isEmpty()) {
            throw Problem.of(ErrorCode.INVALID_REQUEST, errors);
        }
    }
}
