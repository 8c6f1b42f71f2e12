package dev.offpeak.bench;

import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// One HTTP answer, read whole.
public record Reply(int status, HttpHeaders headers, byte[] body) {

    /// An empty object where the body is not JSON.
    public JsonNode json() {
        try {
            return body.length == 0 ? Json.object() : Json.parse(body);
        } catch (JacksonException _) {
            return Json.object();
        }
    }

    /// @throws IllegalStateException where the answer is another
    public JsonNode expect(int... statuses) {
        for (int expected : statuses) {
            if (status == expected) {
                return json();
            }
        }
        String text = new String(body, StandardCharsets.UTF_8);
        throw new IllegalStateException(
                "unexpected answer " + status + ": " + text.substring(0, Math.min(500, text.length())));
    }
}
