package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.openai.errors.OpenAIException;
import com.openai.errors.OpenAIInvalidDataException;
import com.openai.errors.OpenAIIoException;
import com.openai.errors.OpenAIServiceException;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.worker.providers.Failures;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.RetryAfter;
import java.io.IOException;
import java.time.Clock;

/// The one place where openai-java's exceptions become our errors.
record OpenAiErrors(Clock clock) {

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
        String vendorCode = refused.code()
                .filter(code -> !code.isBlank())
                .or(refused::type)
                .filter(code -> !code.isBlank())
                .map(redaction::clean)
                .orElseGet(() -> "http_" + refused.statusCode());
        String detail = redaction.clean(refused.statusCode() + " " + vendorCode + ": " + message(refused));
        return Failures.ofStatus(
                refused.statusCode(), RetryAfter.of(refused.headers()::values, clock), vendorCode, detail);
    }

    private static String message(OpenAIServiceException refused) {
        if (refused.body().isMissing()) {
            return NO_MESSAGE;
        }
        JsonNode error = refused.body().convert(JsonNode.class);
        return error == null ? NO_MESSAGE : error.path("message").asText(NO_MESSAGE);
    }
}
