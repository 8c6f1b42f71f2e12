package dev.offpeak.worker.providers.anthropic;

import com.anthropic.core.ObjectMappers;
import com.anthropic.errors.AnthropicException;
import com.anthropic.models.messages.Message;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.LineResult.NotRun.Why;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.worker.providers.JsonTree;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.ResultLines;
import java.io.IOException;
import java.util.Locale;

/// A line of results in our words.
record AnthropicLine(Redaction redaction) {

    private static final JsonMapper JSON = ObjectMappers.jsonMapper();
    /// Comes as an error of the request on every line, and is one of the account.
    private static final String NO_CREDIT = "credit balance is too low";

    LineResult read(ResultLines.Line line) {
        if (!line.whole()) {
            return new LineResult.Unreadable(JsonTree.customId(line.bytes()), "the line is too long");
        }
        try {
            return read(JSON.readTree(line.bytes()));
        } catch (IOException _) {
            return new LineResult.Unreadable(JsonTree.customId(line.bytes()), "the line is not JSON");
        }
    }

    private LineResult read(JsonNode line) {
        String customId = JsonTree.text(line, "custom_id");
        if (customId == null) {
            return new LineResult.Unreadable(null, "the line has no custom_id");
        }
        JsonNode result = line.path("result");
        return switch (result.path("type").asText("")) {
            case "succeeded" -> answered(customId, result.path("message"));
            case "errored" -> failed(customId, result.path("error"));
            case "expired" -> new LineResult.NotRun(customId, Why.EXPIRED, "expired");
            case "canceled" -> new LineResult.NotRun(customId, Why.CANCELLED, "canceled");
            default -> new LineResult.Unreadable(customId, "the line has no result that we know");
        };
    }

    private static LineResult answered(String customId, JsonNode message) {
        ProviderAnswer answer;
        try {
            answer = AnthropicAnswer.of(JSON.treeToValue(message, Message.class), null);
        } catch (JacksonException | AnthropicException _) {
            return new LineResult.Unreadable(customId, "the answer is not a message");
        }
        return switch (answer) {
            case ProviderAnswer.Answered(var completion) -> new LineResult.Answered(customId, completion);
            case ProviderAnswer.Failed(ProviderError why) -> new LineResult.Unreadable(customId, why.detail());
        };
    }

    /// @param envelope the error inside its envelope, as of any refused request
    private LineResult failed(String customId, JsonNode envelope) {
        JsonNode error = envelope.path("error").isObject() ? envelope.path("error") : envelope;
        String type = JsonTree.text(error, "type");
        String message = JsonTree.text(error, "message");
        String vendorCode = type == null ? "no_type" : redaction.clean(type);
        String said = message == null ? "no message" : redaction.clean(message);
        if (said.toLowerCase(Locale.ROOT).contains(NO_CREDIT)) {
            return new LineResult.Failed(customId, true, LineResult.Failed.NO_CREDIT, said);
        }
        return new LineResult.Failed(customId, retryable(vendorCode), vendorCode, vendorCode + ": " + said);
    }

    /// What the request itself is refused for, and nothing else, will be refused again.
    private static boolean retryable(String type) {
        return switch (type) {
            case "invalid_request_error", "not_found_error", "request_too_large" -> false;
            default -> true;
        };
    }
}
