package dev.offpeak.api.batches;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.offpeak.api.http.StrictJson;
import dev.offpeak.api.problems.Checks;
import dev.offpeak.api.problems.Problem;
import dev.offpeak.api.requests.Deadlines;
import dev.offpeak.api.requests.JobRequestReader;
import dev.offpeak.api.requests.RequestForm;
import dev.offpeak.shared.core.ErrorCode;
import dev.offpeak.shared.core.Usd;
import dev.offpeak.shared.webhooks.WebhookTarget;
import jakarta.servlet.http.HttpServletRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import tools.jackson.databind.JsonNode;

/// Reads what a client asks of an upload, before a byte of it is read.
final class BatchOrders {

    static final String NDJSON = "application/x-ndjson";

    private static final MediaType LINES = MediaType.parseMediaType(NDJSON);

    private final Deadlines deadlines;
    private final JobRequestReader reader;
    private final StrictJson json;

    BatchOrders(Deadlines deadlines, JobRequestReader reader, StrictJson json) {
        this.deadlines = deadlines;
        this.reader = reader;
        this.json = json;
    }

    void checkContentType(HttpServletRequest request) {
        String sent = request.getContentType();
        if (sent == null) {
            throw wrongContentType("is missing");
        }
        try {
            MediaType type = MediaType.parseMediaType(sent);
            boolean utf8 = type.getCharset() == null || UTF_8.equals(type.getCharset());
            if (!type.equalsTypeAndSubtype(LINES) || !utf8) {
                throw wrongContentType("must be " + NDJSON + " in UTF-8");
            }
        } catch (IllegalArgumentException _) {
            throw wrongContentType("must be " + NDJSON + " in UTF-8");
        }
    }

    private static Problem wrongContentType(String message) {
        return Problem.at(ErrorCode.UNSUPPORTED_MEDIA_TYPE, HttpHeaders.CONTENT_TYPE, message);
    }

    /// @throws Problem that names the parameter
    BatchOrder read(
            @Nullable String workflow,
            @Nullable String deadline,
            @Nullable String maxCostUsd,
            @Nullable String webhookUrl,
            @Nullable Boolean lineWebhooks,
            @Nullable Boolean strict,
            @Nullable String metadata) {
        var checks = new Checks();
        checks.check(workflow == null || !workflow.isBlank(), "workflow", "must not be blank");
        var due = deadlines.read(checks, deadline);
        checks.check(
                maxCostUsd == null || RequestForm.positiveAmount(maxCostUsd),
                "max_cost_usd",
                "must be a decimal above 0, with at most 12 decimals");
        checks.check(
                webhookUrl != null || !Boolean.TRUE.equals(lineWebhooks),
                "webhook_url",
                "is required by line_webhooks");
        var pairs = pairs(checks, metadata);
        RequestForm.metadata(checks, pairs);
        checks.throwIfAny();
        if (webhookUrl != null) {
            reader.checkWebhookUrl("webhook_url", webhookUrl);
        }
        return new BatchOrder(
                workflow,
                due,
                maxCostUsd == null ? null : Usd.of(maxCostUsd),
                webhookUrl == null ? null : new WebhookTarget(webhookUrl, null),
                Boolean.TRUE.equals(lineWebhooks),
                Boolean.TRUE.equals(strict),
                filled(pairs));
    }

    private Map<String, @Nullable String> pairs(Checks checks, @Nullable String text) {
        var pairs = new HashMap<String, @Nullable String>();
        if (text == null) {
            return pairs;
        }
        try {
            JsonNode tree = json.tree(text.getBytes(UTF_8));
            checks.check(tree.isObject(), "metadata", "must be a JSON object of strings");
            for (var pair : tree.properties()) {
                pairs.put(
                        pair.getKey(),
                        pair.getValue().isString() ? pair.getValue().stringValue() : null);
            }
        } catch (Problem _) {
            checks.wrong("metadata", "must be a JSON object of strings");
        }
        return pairs;
    }

    private static Map<String, String> filled(Map<String, @Nullable String> pairs) {
        var filled = new HashMap<String, String>();
        pairs.forEach((key, value) -> filled.put(key, Objects.requireNonNull(value)));
        return filled;
    }
}
