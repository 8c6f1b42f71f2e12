package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIInvalidDataException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.shared.providers.RemoteBatch;
import dev.offpeak.worker.providers.Failures;
import dev.offpeak.worker.providers.JsonTree;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.RetryAfter;
import java.io.IOException;
import java.time.Clock;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The one place where openai-java's exceptions become our errors.
record OpenAiErrors(Clock clock) {

    private static final int TOO_MANY = 429;
    private static final int TOO_LARGE = 413;
    private static final String FILE_TOO_LARGE = "File is too large";
    private static final String NO_MESSAGE = "no message";

    /// @throws OpenAIException where it is our bug and not the provider's failure
    ProviderError translate(OpenAIException failure, Redaction redaction) {
        return switch (failure) {
            case OpenAIServiceException refused -> refused(refused, redaction);
            case OpenAIIoException broken
            when broken.getCause() instanceof IOException cause -> Failures.ofConnection(cause);
            case OpenAIInvalidDataException cut
            when cut.getCause() instanceof IOException cause && !(cause instanceof JacksonException) ->
                Failures.ofConnection(cause);
            case OpenAIInvalidDataException _ -> new ProviderError.Malformed("the answer is not a chat completion");
            default -> throw failure;
        };
    }

    private ProviderError refused(OpenAIServiceException refused, Redaction redaction) {
        // Each of these may be null, which the exception's own accessors do not bear.
        JsonNode error = refused.body().isMissing() ? null : refused.body().convert(JsonNode.class);
        String vendorCode = text(error, "code")
                .or(() -> text(error, "type"))
                .map(redaction::clean)
                .orElseGet(() -> "http_" + refused.statusCode());
        String message = text(error, "message").orElse(NO_MESSAGE);
        String detail = redaction.clean(refused.statusCode() + " " + vendorCode + ": " + message);
        if (refused.statusCode() == TOO_MANY && (noFlexCapacity(vendorCode) || noFlexCapacity(message))) {
            vendorCode = ProviderError.RateLimited.NO_FLEX_CAPACITY;
        } else if (OpenAiBatch.isEnqueuedLimit(message)) {
            vendorCode = RemoteBatch.ENQUEUED_LIMIT_REACHED;
        } else if (refused.statusCode() == TOO_LARGE || message.startsWith(FILE_TOO_LARGE)) {
            vendorCode = ProviderError.Rejected.TOO_LARGE;
        }
        return Failures.ofStatus(
                refused.statusCode(), RetryAfter.of(refused.headers()::values, clock), vendorCode, detail);
    }

    /// It is documented as "Resource Unavailable", without a word on which field says so.
    private static boolean noFlexCapacity(String said) {
        return said.toLowerCase(Locale.ROOT).replace(' ', '_').contains(ProviderError.RateLimited.NO_FLEX_CAPACITY);
    }

    private static Optional<String> text(@Nullable JsonNode error, String field) {
        return Optional.ofNullable(error == null ? null : JsonTree.text(error, field));
    }
}
