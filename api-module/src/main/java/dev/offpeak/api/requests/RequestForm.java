package dev.offpeak.api.requests;

import dev.offpeak.api.problems.Checks;
import dev.offpeak.shared.webhooks.SigningSecret;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What can be said of a job request by looking at nothing else.
public final class RequestForm {

    private static final int MOST_OUTPUT_TOKENS = 1_000_000;
    private static final int MOST_CHUNKS = 200;
    private static final int MOST_MESSAGES = 1_000;
    private static final Pattern DECIMAL = Pattern.compile("\\d{1,12}(\\.\\d{1,12})?");

    private RequestForm() {}

    static void check(Checks checks, SubmitJobRequest request) {
        checks.check(
                request.type() == null || request.type().equals("generation"),
                "type",
                "must be generation; other kinds of work have endpoints of their own");
        checkInput(checks, request);
        checkContext(checks, request.context());
        checkText(checks, request.user(), "user", 256);
        checkText(checks, request.feature(), "feature", 128);
        checkChoice(checks, request.plan(), "plan", List.of("free", "premium"));
        checkChoice(checks, request.quality(), "quality", List.of("auto", "fast", "full"));
        checkChoice(checks, request.cache(), "cache", List.of("default", "refresh", "bypass"));
        checkNumbers(checks, request);
        checkTags(checks, request.tags());
        metadata(checks, request.metadata());
        checkWebhook(checks, request.webhook());
    }

    private static void checkInput(Checks checks, SubmitJobRequest request) {
        int given = (request.prompt() == null ? 0 : 1)
                + (request.messages() == null ? 0 : 1)
                + (request.template() == null ? 0 : 1);
        if (!checks.check(given == 1, "prompt", "or messages or template must be given, and only one of them")) {
            return;
        }
        if (request.prompt() != null) {
            checks.check(!request.prompt().isBlank(), "prompt", "must not be blank");
        }
        if (request.messages() != null) {
            checkMessages(checks, request.messages());
        }
        if (request.template() != null) {
            checks.check(
                    request.template().name() != null
                            && !request.template().name().isBlank(),
                    "template.name",
                    "is required");
        }
    }

    private static void checkMessages(Checks checks, List<SubmitJobRequest.@Nullable Message> messages) {
        if (!checks.check(
                !messages.isEmpty() && messages.size() <= MOST_MESSAGES,
                "messages",
                "must have 1 to " + MOST_MESSAGES + " messages")) {
            return;
        }
        boolean asked = false;
        for (int i = 0; i < messages.size(); i++) {
            var message = messages.get(i);
            String field = "messages[" + i + "]";
            if (message == null) {
                checks.wrong(field, "must be an object");
                continue;
            }
            if (message.role() == null) {
                checks.wrong(field + ".role", "is required");
            }
            checkChoice(checks, message.role(), field + ".role", List.of("system", "user", "assistant"));
            checks.check(
                    message.content() != null && !message.content().isBlank(), field + ".content", "must not be blank");
            asked |= "user".equals(message.role());
        }
        checks.check(asked, "messages", "must have a message of the user");
    }

    private static void checkContext(Checks checks, @Nullable List<SubmitJobRequest.@Nullable Chunk> context) {
        if (context == null) {
            return;
        }
        checks.check(context.size() <= MOST_CHUNKS, "context", "may have at most " + MOST_CHUNKS + " chunks");
        var ids = new HashSet<String>();
        for (int i = 0; i < context.size(); i++) {
            var chunk = context.get(i);
            String field = "context[" + i + "]";
            if (chunk == null) {
                checks.wrong(field, "must be an object");
                continue;
            }
            String id = chunk.id();
            if (checks.check(
                    id != null && !id.isBlank() && id.length() <= 128, field + ".id", "must be 1 to 128 characters")) {
                checks.check(ids.add(id), field + ".id", "is there twice");
            }
            checks.check(chunk.text() != null && !chunk.text().isBlank(), field + ".text", "must not be blank");
        }
    }

    private static void checkNumbers(Checks checks, SubmitJobRequest request) {
        String cost = request.maxCostUsd();
        if (cost != null) {
            checks.check(
                    positiveAmount(cost), "max_cost_usd", "must be a decimal string above 0, with at most 12 decimals");
        }
        Integer tokens = request.maxOutputTokens();
        if (tokens != null) {
            checks.check(
                    tokens >= 1 && tokens <= MOST_OUTPUT_TOKENS,
                    "max_output_tokens",
                    "must be 1 to " + MOST_OUTPUT_TOKENS);
        }
        BigDecimal temperature = request.temperature();
        if (temperature != null) {
            checks.check(
                    temperature.signum() >= 0 && temperature.compareTo(BigDecimal.TWO) <= 0 && temperature.scale() <= 6,
                    "temperature",
                    "must be 0 to 2, with at most 6 decimals");
        }
    }

    private static void checkTags(Checks checks, @Nullable List<@Nullable String> tags) {
        if (tags == null) {
            return;
        }
        checks.check(tags.size() <= 16, "tags", "may have at most 16 tags");
        var seen = new HashSet<String>();
        for (int i = 0; i < tags.size(); i++) {
            String tag = tags.get(i);
            if (checks.check(
                    tag != null && !tag.isBlank() && tag.length() <= 64,
                    "tags[" + i + "]",
                    "must be a string of 1 to 64 characters")) {
                checks.check(seen.add(tag), "tags[" + i + "]", "is there twice");
            }
        }
    }

    public static void metadata(Checks checks, @Nullable Map<String, @Nullable String> metadata) {
        if (metadata == null) {
            return;
        }
        checks.check(metadata.size() <= 16, "metadata", "may have at most 16 pairs");
        metadata.forEach((key, value) -> {
            checks.check(!key.isBlank() && key.length() <= 64, "metadata", "must have keys of 1 to 64 characters");
            checks.check(
                    value != null && value.length() <= 512,
                    "metadata." + (key.length() <= 64 ? key : key.substring(0, 64)),
                    "must be a string of at most 512 characters");
        });
    }

    private static void checkWebhook(Checks checks, SubmitJobRequest.@Nullable Webhook webhook) {
        if (webhook == null) {
            return;
        }
        checks.check(webhook.url() != null, "webhook.url", "is required");
        if (webhook.secret() != null) {
            checks.check(
                    SigningSecret.parse(webhook.secret()).isPresent(),
                    "webhook.secret",
                    "must be whsec_ and 24 to 64 bytes in base64");
        }
    }

    private static void checkText(Checks checks, @Nullable String text, String field, int most) {
        if (text != null) {
            checks.check(
                    !text.isBlank() && text.length() <= most,
                    field,
                    "must be a string of 1 to " + most + " characters");
        }
    }

    private static void checkChoice(Checks checks, @Nullable String text, String field, List<String> choices) {
        if (text != null) {
            checks.check(choices.contains(text), field, "must be one of " + String.join(", ", choices));
        }
    }

    public static boolean positiveAmount(String text) {
        return DECIMAL.matcher(text).matches() && new BigDecimal(text).signum() > 0;
    }
}
