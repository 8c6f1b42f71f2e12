package dev.offpeak.worker.lanes;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.jobs.JobEnd;
import dev.offpeak.shared.jobs.JobResult;
import dev.offpeak.shared.providers.Completion;
import dev.offpeak.shared.providers.ResponseFormat;
import dev.offpeak.shared.schemas.AnswerSchema;
import dev.offpeak.shared.schemas.InvalidAnswerSchema;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Decides whether what a provider answered, and bills, is a success. Truncated, empty, refused and
/// schema-violating answers are failures with codes of their own; what was paid for stays readable.
public final class AnswerCheck {

    private final JsonMapper json = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public JobEnd check(Completion completion, ResponseFormat format) {
        String text = storable(completion.text());
        return switch (completion.finishReason()) {
            case LENGTH ->
                new JobEnd.Failed(
                        ErrorCode.ANSWER_TRUNCATED,
                        "the answer reached the output limit; raise max_output_tokens",
                        JobResult.text(text, "length"));
            case REFUSAL ->
                new JobEnd.Failed(ErrorCode.ANSWER_REFUSED, "the model or the provider's filter declined", null);
            case TOOL_CALL, OTHER ->
                new JobEnd.Failed(ErrorCode.ANSWER_EMPTY, "the model ended its turn without an answer", null);
            case STOP ->
                text.isBlank()
                        ? new JobEnd.Failed(ErrorCode.ANSWER_EMPTY, "the provider answered without content", null)
                        : shaped(text, format);
        };
    }

    /// PostgreSQL keeps neither the character NUL nor half of a surrogate pair; a model can produce both.
    private static String storable(String text) {
        return new String(text.getBytes(UTF_8), UTF_8).replace('\0', '\uFFFD');
    }

    private JobEnd shaped(String text, ResponseFormat format) {
        return switch (format) {
            case ResponseFormat.Text _ -> new JobEnd.Succeeded(JobResult.text(text, "stop"));
            case ResponseFormat.JsonObject _ ->
                parse(text)
                        .filter(JsonNode::isObject)
                        .<JobEnd>map(node -> new JobEnd.Succeeded(JobResult.json(text, node.toString())))
                        .orElseGet(() -> violation(text, "the answer is not a JSON object"));
            case ResponseFormat.JsonSchema schema ->
                parse(text)
                        .<JobEnd>map(node -> follows(node, schema)
                                ? new JobEnd.Succeeded(JobResult.json(text, node.toString()))
                                : violation(text, "the answer does not follow the schema " + schema.name()))
                        .orElseGet(() -> violation(text, "the answer is not JSON"));
        };
    }

    private static boolean follows(JsonNode node, ResponseFormat.JsonSchema schema) {
        try {
            return AnswerSchema.compile(schema.schema()).accepts(node);
        } catch (InvalidAnswerSchema unusable) { // the API refuses such schemas: then no answer can follow it
            return false;
        }
    }

    private Optional<JsonNode> parse(String text) {
        try {
            JsonNode node = json.readTree(text);
            // An escaped NUL is JSON, but none that the database keeps.
            return node.toString().contains("\\u0000") ? Optional.empty() : Optional.of(node);
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    private static JobEnd violation(String text, String message) {
        return new JobEnd.Failed(ErrorCode.ANSWER_SCHEMA_VIOLATION, message, JobResult.text(text, "stop"));
    }
}
