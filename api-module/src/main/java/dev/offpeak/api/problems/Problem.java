package dev.offpeak.api.problems;

import dev.offpeak.shared.core.ErrorCode;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request that is refused, thrown wherever that is found out and answered as problem details.
public final class Problem extends RuntimeException {

    private final ErrorCode code;
    private final String detail;
    private final transient List<FieldError> errors;
    private final @Nullable Duration retryAfter;

    private Problem(ErrorCode code, String detail, List<FieldError> errors, @Nullable Duration retryAfter) {
        super(code.wire() + ": " + detail, null, false, false); // an answer, not a failure: nobody needs its stack
        this.code = code;
        this.detail = detail;
        this.errors = List.copyOf(errors);
        this.retryAfter = retryAfter;
    }

    /// @param detail a sentence for the person who sent the request; it must not repeat what they sent in full
    public static Problem of(ErrorCode code, String detail) {
        return new Problem(code, detail, List.of(), null);
    }

    /// @param field where the cause stands in the request
    public static Problem at(ErrorCode code, String field, String message) {
        return new Problem(code, field + " " + message + ".", List.of(new FieldError(field, message)), null);
    }

    /// @param errors at least one
    public static Problem of(ErrorCode code, List<FieldError> errors) {
        var first = errors.getFirst();
        String more = errors.size() == 1 ? "" : " And " + (errors.size() - 1) + " more.";
        return new Problem(code, first.field() + " " + first.message() + "." + more, errors, null);
    }

    /// Nothing there, or nothing that this caller may know of.
    public static Problem notFound(String what) {
        return of(ErrorCode.NOT_FOUND, "There is no such " + what + ".");
    }

    /// @param retryAfter when the same request may succeed
    public Problem retryAfter(Duration retryAfter) {
        return new Problem(code, detail, errors, retryAfter);
    }

    public ErrorCode code() {
        return code;
    }

    public String detail() {
        return detail;
    }

    public List<FieldError> errors() {
        return errors;
    }

    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
