package dev.offpeak.simulator.serving;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// The provider's no, in the words of its dialect: an HTTP status, an error type, and where it has them a
/// parameter and a code. `retryAfter` is null where the provider gives no such hint. Nothing ran and nothing is
/// billed.
public final class Refused extends Exception {
    private final int status;
    private final String type;
    private final @Nullable String param;
    private final @Nullable String code;
    private final @Nullable Duration retryAfter;

    public Refused(
            int status,
            String type,
            String message,
            @Nullable String param,
            @Nullable String code,
            @Nullable Duration retryAfter) {
        super(message);
        this.status = status;
        this.type = type;
        this.param = param;
        this.code = code;
        this.retryAfter = retryAfter;
    }

    public int status() {
        return status;
    }

    public String type() {
        return type;
    }

    public String message() {
        String message = getMessage();
        return message == null ? "" : message;
    }

    public @Nullable String param() {
        return param;
    }

    public @Nullable String code() {
        return code;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
