package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.http.Headers;
import com.anthropic.errors.AnthropicException;
import com.anthropic.errors.AnthropicInvalidDataException;
import com.anthropic.errors.AnthropicIoException;
import com.anthropic.errors.AnthropicServiceException;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.worker.providers.Failures;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.RetryAfter;
import java.io.IOException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/// The one place where anthropic-java's exceptions become our errors.
record AnthropicErrors(Clock clock) {

    private static final int TOO_LARGE = 413;
    private static final String NO_MESSAGE = "no message";

    /// @throws AnthropicException where it is our bug and not the provider's failure
    ProviderError translate(AnthropicException failure, Redaction redaction) {
        return switch (failure) {
            case AnthropicServiceException refused -> refused(refused, redaction);
            case AnthropicIoException broken
            when broken.getCause() instanceof IOException cause -> Failures.ofConnection(cause);
            case AnthropicInvalidDataException cut
            when cut.getCause() instanceof IOException cause && !(cause instanceof JacksonException) ->
                Failures.ofConnection(cause);
            case AnthropicInvalidDataException _ -> new ProviderError.Malformed("the answer is not a message");
            default -> throw failure;
        };
    }

    private ProviderError refused(AnthropicServiceException refused, Redaction redaction) {
        JsonNode body = refused.body().isMissing() ? null : refused.body().convert(JsonNode.class);
        return refused(refused.statusCode(), refused.headers(), body, redaction);
    }

    /// @param body null where it is not JSON
    ProviderError refused(int status, Headers headers, @Nullable JsonNode body, Redaction redaction) {
        String type = text(body, "type", "");
        String vendorCode = type.isBlank() ? "http_" + status : redaction.clean(type);
        String detail = redaction.clean(status + " " + vendorCode + ": " + text(body, "message", NO_MESSAGE));
        if (status == TOO_LARGE) {
            vendorCode = ProviderError.Rejected.TOO_LARGE;
        }
        return Failures.ofStatus(status, RetryAfter.of(headers::values, clock), vendorCode, detail);
    }

    private static String text(@Nullable JsonNode body, String field, String otherwise) {
        return body == null ? otherwise : body.path("error").path(field).asText(otherwise);
    }
}
