package dev.offpeak.simulator.state;

/// A setting that the simulator does not have, or a value that it cannot take. `field` names the culprit,
/// `code` is `unknown_field` or `invalid_value`.
public final class BadSetting extends Exception {
    private final String field;
    private final String code;

    public BadSetting(String field, String code, String message) {
        super(message);
        this.field = field;
        this.code = code;
    }

    public String field() {
        return field;
    }

    public String code() {
        return code;
    }
}
