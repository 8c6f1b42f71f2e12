package dev.offpeak.worker.providers.openai;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.openai.core.ObjectMappers;
import com.openai.errors.OpenAIException;
import com.openai.models.chat.completions.ChatCompletion;
import dev.offpeak.shared.providers.LineResult;
import dev.offpeak.shared.providers.LineResult.NotRun.Why;
import dev.offpeak.shared.providers.ProviderAnswer;
import dev.offpeak.shared.providers.ProviderError;
import dev.offpeak.worker.providers.Failures;
import dev.offpeak.worker.providers.JsonTree;
import dev.offpeak.worker.providers.Redaction;
import dev.offpeak.worker.providers.ResultLines;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A line of an output or error file in our words. The status says whether it ran: a body alone is no
/// evidence, nor is the file that it stands in.
record OpenAiLine(Redaction redaction) {

    private static final JsonMapper JSON = ObjectMappers.jsonMapper();

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
        JsonNode response = line.path("response");
        JsonNode error = line.path("error");
        int status = response.path("status_code").asInt(0);
        if (status >= 200 && status < 300) {
            return answered(customId, response);
        }
        if (status > 0) {
            return failed(customId, status, response.path("body").path("error"));
        }
        return error.isObject()
                ? notRun(customId, error)
                // Such lines were counted as completed: nobody can say that they were not billed.
                : new LineResult.Unreadable(customId, "the line has neither a status nor an error");
    }

    private static LineResult answered(String customId, JsonNode response) {
        ProviderAnswer answer;
        try {
            ChatCompletion completion = JSON.treeToValue(response.path("body"), ChatCompletion.class);
            answer = OpenAiAnswer.of(completion, JsonTree.text(response, "request_id"));
        } catch (JacksonException | OpenAIException _) {
            return new LineResult.Unreadable(customId, "the answer is not a chat completion");
        }
        return switch (answer) {
            case ProviderAnswer.Answered(var completion) -> new LineResult.Answered(customId, completion);
            case ProviderAnswer.Failed(ProviderError why) -> new LineResult.Unreadable(customId, why.detail());
        };
    }

    private LineResult failed(String customId, int status, JsonNode error) {
        String code = code(error);
        String vendorCode = code == null ? "http_" + status : code;
        String message = JsonTree.text(error, "message");
        String detail = redaction.clean(status + " " + vendorCode + (message == null ? "" : ": " + message));
        return switch (Failures.ofStatus(status, Optional.empty(), vendorCode, detail)) {
            case ProviderError.Rejected _, ProviderError.Unauthenticated _ ->
                new LineResult.Failed(customId, false, vendorCode, detail);
            case ProviderError.RateLimited _,
                    ProviderError.Overloaded _,
                    ProviderError.Unavailable _,
                    ProviderError.TimedOut _,
                    ProviderError.Malformed _ -> new LineResult.Failed(customId, true, vendorCode, detail);
        };
    }

    private LineResult notRun(String customId, JsonNode error) {
        String code = code(error);
        return switch (code == null ? "" : code) {
            case "batch_expired" -> new LineResult.NotRun(customId, Why.EXPIRED, "batch_expired");
            case "batch_cancelled", "batch_canceled" ->
                new LineResult.NotRun(customId, Why.CANCELLED, "batch_cancelled");
            // The set of codes is open; `request_timeout` is the one that is known.
            default -> new LineResult.NotRun(customId, Why.OTHER, code == null ? "no_code" : code);
        };
    }

    private @Nullable String code(JsonNode error) {
        String code = JsonTree.text(error, "code");
        String found = code == null ? JsonTree.text(error, "type") : code;
        return found == null ? null : redaction.clean(found);
    }
}
