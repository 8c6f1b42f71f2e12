package dev.offpeak.shared.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.temporal.ChronoUnit.MILLIS;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The body of a webhook: `{"type":…,"timestamp":…,"data":{the job without its input}}`.
public final class WebhookPayload {

    /// The largest result that travels along, in bytes of JSON; a larger one is read from the job's link.
    public static final int MAX_RESULT_BYTES = 16 * 1024;

    /// A job has one of them at most.
    private static final List<String> RESULTS = List.of("result", "late_result");

    private static final List<String> INPUT = List.of("prompt", "messages", "template", "context");
    private static final ObjectMapper JSON = JsonMapper.shared();

    private WebhookPayload() {}

    /// @param type such as `job.succeeded`
    /// @param at when the job reached the state; milliseconds go out
    /// @param job as a client would read it now; left as it is
    public static String of(String type, Instant at, ObjectNode job) {
        var data = job.deepCopy();
        data.remove(INPUT);
        RESULTS.stream()
                .filter(name -> large(data.get(name)))
                .forEach(name -> data.putNull(name).put("result_omitted", true));
        return JSON.createObjectNode()
                .put("type", type)
                .put("timestamp", at.truncatedTo(MILLIS).toString())
                .set("data", data)
                .toString();
    }

    private static boolean large(@Nullable JsonNode result) {
        return result != null && result.toString().getBytes(UTF_8).length > MAX_RESULT_BYTES;
    }
}
