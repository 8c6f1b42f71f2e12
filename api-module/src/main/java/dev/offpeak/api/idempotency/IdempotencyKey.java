package dev.offpeak.api.idempotency;

import dev.offpeak.api.problems.Problem;
import dev.offpeak.shared.core.ErrorCode;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The header's value: an RFC 8941 string, or the same without its quotes.
record IdempotencyKey(String text) {

    static final String HEADER = "Idempotency-Key";

    private static final Pattern PRINTABLE = Pattern.compile("[ -~]{1,255}");

    /// @return empty where none was sent
    /// @throws Problem where it is not valid or was sent twice
    static Optional<IdempotencyKey> of(HttpServletRequest request) {
        List<String> sent = Collections.list(request.getHeaders(HEADER));
        if (sent.isEmpty()) {
            return Optional.empty();
        }
        if (sent.size() > 1) {
            throw invalid("may be sent once only");
        }
        String value = sent.getFirst().strip();
        if (value.startsWith("\"")) {
            value = unquoted(value);
        }
        if (!PRINTABLE.matcher(value).matches() || value.isBlank()) {
            throw invalid("must be 1 to 255 printable ASCII characters");
        }
        return Optional.of(new IdempotencyKey(value));
    }

    private static String unquoted(String value) {
        if (value.length() < 2 || !value.endsWith("\"")) {
            throw invalid("has an opening quote without a closing one");
        }
        return value.substring(1, value.length() - 1).replace("\\\"", "\"").replace("\\\\", "\\");
    }

    private static Problem invalid(String message) {
        return Problem.at(ErrorCode.INVALID_IDEMPOTENCY_KEY, HEADER, message);
    }
}
