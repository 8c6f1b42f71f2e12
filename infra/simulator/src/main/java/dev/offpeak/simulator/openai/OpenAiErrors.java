package dev.offpeak.simulator.openai;

import dev.offpeak.simulator.serving.Refused;
import java.util.Collection;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// OpenAI's ways to find fault with a request.
final class OpenAiErrors {
    static final String INVALID = "invalid_request_error";

    private OpenAiErrors() {}

    static Refused bad(@Nullable String param, @Nullable String code, String message) {
        return new Refused(400, INVALID, message, param, code, null);
    }

    static Refused missing(String param) {
        return bad(param, "missing_required_parameter", "Missing required parameter: '" + param + "'.");
    }

    static Refused wrongType(String param, String expected, String got) {
        return bad(
                param,
                "invalid_type",
                "Invalid type for '" + param + "': expected " + expected + ", but got " + got + " instead.");
    }

    static Refused notOneOf(String param, String got, Collection<String> allowed) {
        String list = allowed.stream().map(one -> "'" + one + "'").collect(Collectors.joining(", "));
        return bad(param, "invalid_value", "Invalid value: '" + got + "'. Supported values are: " + list + ".");
    }

    static Refused unsupported(String param, String instead) {
        return bad(
                param,
                "unsupported_parameter",
                "Unsupported parameter: '" + param + "' is not supported with this model." + instead);
    }

    static Refused noSuchModel(String model) {
        return new Refused(
                404,
                INVALID,
                "The model `" + model + "` does not exist or you do not have access to it.",
                null,
                "model_not_found",
                null);
    }

    static Refused contextExceeded(String param, long limit, long got) {
        return bad(
                param,
                "context_length_exceeded",
                "This model's maximum context length is " + limit + " tokens. However, your messages resulted in " + got
                        + " tokens. Please reduce the length of the messages.");
    }
}
